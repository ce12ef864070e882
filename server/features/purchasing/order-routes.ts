import {
  CreatePurchaseOrder,
  OrderStep,
  SendOrder,
  PurchaseOrder,
  PurchaseOrderList,
  PurchaseOrderQuery,
  UpdatePurchaseOrder,
} from "#contract/purchase-orders.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { PdfFile } from "#platform/http/send-document.ts";
import { readChange } from "#platform/http/versioned.ts";
import { downloadOrder } from "./order-pdf.ts";
import { getPurchaseOrder, listPurchaseOrders } from "./order-queries.ts";
import { sendOrder } from "./send-order.ts";
import { takeStep } from "./order-steps.ts";
import { changePurchaseOrder, createPurchaseOrder } from "./orders.ts";

const step = (name: Exclude<Parameters<typeof takeStep>[2], "send">, summary: string) =>
  MiddlewarePresets.write({
    method: "POST",
    path: `/purchasing/purchase-orders/{id}/${name}`,
    summary,
    roles: supervisors,
    params: IdParams,
    body: OrderStep,
    response: PurchaseOrder,
    handler: ({ tx, context, params, body }) => takeStep(tx, context, name, params.id, body),
  });

export const orderRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/purchasing/purchase-orders",
    summary: "Purchase orders, newest first; by status, supplier, site, item, text",
    query: PurchaseOrderQuery,
    response: PurchaseOrderList,
    handler: ({ tx, context, query, services }) => listPurchaseOrders(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/purchasing/purchase-orders/{id}",
    summary: "One purchase order with its lines",
    params: IdParams,
    response: PurchaseOrder,
    transaction: "read-one",
    handler: ({ tx, context, params }) => getPurchaseOrder(tx, context, params.id),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/purchasing/purchase-orders/{id}/pdf",
    summary: "One purchase order as the document that its supplier gets; marked while it is a draft, and when it is cancelled",
    params: IdParams,
    response: PdfFile,
    transaction: "none",
    handler: ({ context, params, services }) => downloadOrder(services.database, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/purchasing/purchase-orders",
    summary: "Draft a purchase order",
    roles: supervisors,
    body: CreatePurchaseOrder,
    response: PurchaseOrder,
    status: 201,
    handler: ({ tx, context, body }) => createPurchaseOrder(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/purchasing/purchase-orders/{id}",
    summary: "Change a draft",
    roles: supervisors,
    params: IdParams,
    body: UpdatePurchaseOrder,
    response: PurchaseOrder,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changePurchaseOrder(tx, context, params.id, basis, changes);
    },
  }),
  step("submit", "Ask for approval of a draft"),
  step("reject", "Give a submitted order back, to be changed"),
  step("approve", "Approve an order that somebody else submitted"),
  MiddlewarePresets.write({
    method: "POST",
    path: "/purchasing/purchase-orders/{id}/send",
    summary: "Send an approved order to its supplier, by mail unless it was told otherwise",
    roles: supervisors,
    params: IdParams,
    body: SendOrder,
    response: PurchaseOrder,
    handler: ({ tx, context, services, params, body }) => sendOrder(tx, context, services.mail, params.id, body),
  }),
  step("close", "Close an order: nothing more is to come"),
  step("cancel", "Cancel an order that nothing was received of"),
];
