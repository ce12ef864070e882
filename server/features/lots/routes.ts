import { DryRunQuery, PostedBatch } from "#contract/ledger.ts";
import { HoldLot, LotRecall, LotTrace, RecallLot, ReleaseLot } from "#contract/lots.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { holdLot, releaseLot } from "./hold.ts";
import { recallLot } from "./recall.ts";
import { traceLot } from "./trace.ts";

export const lotStockRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/lots/{id}/trace",
    summary: "Where a lot is, where it came from, what it went into",
    params: IdParams,
    response: LotTrace,
    handler: ({ tx, context, params }) => traceLot(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/lots/{id}/hold",
    summary: "Put all of a lot on hold, wherever it is",
    params: IdParams,
    query: DryRunQuery,
    body: HoldLot,
    response: PostedBatch,
    status: 201,
    handler: ({ tx, context, params, body }) => holdLot(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/lots/{id}/release",
    summary: "Make all of a lot available that is on hold",
    roles: supervisors,
    params: IdParams,
    query: DryRunQuery,
    body: ReleaseLot,
    response: PostedBatch,
    status: 201,
    handler: ({ tx, context, params, body }) => releaseLot(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/lots/{id}/recall",
    summary: "Hold what is still here of a lot and of all that it went into, and tell everything it reached",
    roles: supervisors,
    params: IdParams,
    query: DryRunQuery,
    body: RecallLot,
    response: LotRecall,
    status: 201,
    handler: ({ tx, context, params, body }) => recallLot(tx, context, params.id, body),
  }),
];
