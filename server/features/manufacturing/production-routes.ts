import { DryRunQuery } from "#contract/ledger.ts";
import { IdParams } from "#contract/primitives.ts";
import {
  Consume,
  CreateProductionOrder,
  Output,
  ProductionOrder,
  ProductionOrderList,
  ProductionOrderQuery,
  ProductionPosting,
  ProductionStep,
  UpdateProductionOrder,
} from "#contract/production.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors, workers } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { consume } from "./consume.ts";
import { getProductionOrder, listProductionOrders } from "./order-queries.ts";
import { takeProductionStep } from "./order-steps.ts";
import { changeProductionOrder, createProductionOrder } from "./orders.ts";
import { output } from "./output.ts";

const step = (name: Parameters<typeof takeProductionStep>[2], summary: string) =>
  MiddlewarePresets.write({
    method: "POST",
    path: `/manufacturing/production-orders/{id}/${name}`,
    summary,
    roles: supervisors,
    params: IdParams,
    query: DryRunQuery,
    body: ProductionStep,
    response: ProductionOrder,
    handler: ({ tx, context, params, body }) => takeProductionStep(tx, context, name, params.id, body),
  });

export const productionRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/manufacturing/production-orders",
    summary: "Production orders, newest first; by status, item, site, text",
    query: ProductionOrderQuery,
    response: ProductionOrderList,
    handler: ({ tx, context, query, services }) => listProductionOrders(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/manufacturing/production-orders/{id}",
    summary: "One production order with its components, what is short, and its costs",
    params: IdParams,
    response: ProductionOrder,
    transaction: "read-one",
    handler: ({ tx, context, params }) => getProductionOrder(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/manufacturing/production-orders",
    summary: "Plan a production order",
    roles: supervisors,
    body: CreateProductionOrder,
    response: ProductionOrder,
    status: 201,
    handler: ({ tx, context, body }) => createProductionOrder(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/manufacturing/production-orders/{id}",
    summary: "Change a production order that is not released",
    roles: supervisors,
    params: IdParams,
    body: UpdateProductionOrder,
    response: ProductionOrder,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeProductionOrder(tx, context, params.id, basis, changes);
    },
  }),
  step("release", "Copy the bill of materials and allocate what there is; the answer says what is short"),
  step("allocate", "Allocate what was short, as far as it is there now"),
  MiddlewarePresets.write({
    method: "POST",
    path: "/manufacturing/production-orders/{id}/consume",
    summary: "Take components for a production order",
    roles: workers,
    params: IdParams,
    query: DryRunQuery,
    body: Consume,
    response: ProductionPosting,
    status: 201,
    handler: ({ tx, context, params, body }) => consume(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/manufacturing/production-orders/{id}/output",
    summary: "Bring in what was made, and consume what is consumed with it",
    roles: workers,
    params: IdParams,
    query: DryRunQuery,
    body: Output,
    response: ProductionPosting,
    status: 201,
    handler: ({ tx, context, params, body }) => output(tx, context, params.id, body),
  }),
  step("complete", "Nothing more is made: what is allocated is given back"),
  step("close", "End a completed order: nothing of it is undone any more"),
  step("cancel", "End an order of which nothing was consumed or made"),
];
