import { DryRunQuery } from "#contract/ledger.ts";
import { IdParams } from "#contract/primitives.ts";
import {
  CloseTransfer,
  CreateTransfer,
  ReceiveTransfer,
  ReverseTransfer,
  Transfer,
  TransferList,
  TransferQuery,
  TransferReceiptParams,
  TransferStep,
  UpdateTransfer,
} from "#contract/transfers.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { closeTransfer } from "./close.ts";
import { cancelTransfer, changeTransfer, createTransfer } from "./drafts.ts";
import { receiveTransfer } from "./receive.ts";
import { reverseReceipt } from "./reverse-receipt.ts";
import { reverseSending, sendTransfer } from "./send.ts";
import { getTransfer, listTransfers } from "./transfer-queries.ts";

export const transferRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/transfers",
    summary: "Transfers between sites, newest first; by site and status",
    query: TransferQuery,
    response: TransferList,
    handler: ({ tx, context, query, services }) => listTransfers(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/transfers/{id}",
    summary: "One transfer with its lines, receipts and events",
    params: IdParams,
    response: Transfer,
    handler: ({ tx, context, params }) => getTransfer(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/transfers",
    summary: "Draft a transfer from one site to another",
    body: CreateTransfer,
    response: Transfer,
    status: 201,
    handler: ({ tx, context, body }) => createTransfer(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/inventory/transfers/{id}",
    summary: "Change a draft",
    roles: supervisors,
    params: IdParams,
    body: UpdateTransfer,
    response: Transfer,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeTransfer(tx, context, params.id, basis, changes);
    },
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/transfers/{id}/send",
    summary: "Send everything on a draft on its way",
    params: IdParams,
    query: DryRunQuery,
    body: TransferStep,
    response: Transfer,
    handler: ({ tx, context, params, body }) => sendTransfer(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/transfers/{id}/receive",
    summary: "Receive what arrived of a transfer",
    params: IdParams,
    query: DryRunQuery,
    body: ReceiveTransfer,
    response: Transfer,
    status: 201,
    handler: ({ tx, context, params, body }) => receiveTransfer(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/transfers/{id}/receipts/{receiptId}/reverse",
    summary: "Undo a receipt of a transfer as a whole",
    params: TransferReceiptParams,
    query: DryRunQuery,
    body: ReverseTransfer,
    response: Transfer,
    status: 201,
    handler: ({ tx, context, params, body }) => reverseReceipt(tx, context, params, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/transfers/{id}/reverse",
    summary: "Take back what was sent, as a whole",
    params: IdParams,
    query: DryRunQuery,
    body: ReverseTransfer,
    response: Transfer,
    status: 201,
    handler: ({ tx, context, params, body }) => reverseSending(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/transfers/{id}/close",
    summary: "Write off what did not arrive",
    roles: supervisors,
    params: IdParams,
    query: DryRunQuery,
    body: CloseTransfer,
    response: Transfer,
    handler: ({ tx, context, params, body }) => closeTransfer(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/transfers/{id}/cancel",
    summary: "End a draft",
    params: IdParams,
    body: TransferStep,
    response: Transfer,
    handler: ({ tx, context, params, body }) => cancelTransfer(tx, context, params.id, body),
  }),
];
