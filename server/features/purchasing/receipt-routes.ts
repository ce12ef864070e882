import { DryRunQuery } from "#contract/ledger.ts";
import { IdParams } from "#contract/primitives.ts";
import { Receipt, ReceiptList, ReceiptQuery, Receive, ReverseReceipt } from "#contract/receipts.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import type { AnyRoute } from "#platform/http/route.ts";
import { receive } from "./receive.ts";
import { getReceipt, listReceipts } from "./receipt-queries.ts";
import { reverseReceipt } from "./reverse-receipt.ts";

export const receiptRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.write({
    method: "POST",
    path: "/purchasing/purchase-orders/{id}/receive",
    summary: "Receive goods against an order",
    params: IdParams,
    query: DryRunQuery,
    body: Receive,
    response: Receipt,
    status: 201,
    handler: ({ tx, context, params, body }) => receive(tx, context, params.id, body),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/purchasing/receipts",
    summary: "Receipts, newest first",
    query: ReceiptQuery,
    response: ReceiptList,
    handler: ({ tx, context, query, services }) => listReceipts(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/purchasing/receipts/{id}",
    summary: "One receipt with its lines and events",
    params: IdParams,
    response: Receipt,
    handler: ({ tx, context, params }) => getReceipt(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/purchasing/receipts/{id}/reverse",
    summary: "Undo a receipt as a whole",
    params: IdParams,
    query: DryRunQuery,
    body: ReverseReceipt,
    response: Receipt,
    status: 201,
    handler: ({ tx, context, params, body }) => reverseReceipt(tx, context, params.id, body),
  }),
];
