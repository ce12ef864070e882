import {
  ApproveCount,
  CountStep,
  CreateCycleCount,
  CycleCount,
  CycleCountList,
  CycleCountQuery,
  RecordCount,
  ReverseCount,
} from "#contract/counting.ts";
import { DryRunQuery } from "#contract/ledger.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { approveCount } from "./approve.ts";
import { getCount, listCounts } from "./count-queries.ts";
import { cancelCount, createCount, startCount } from "./counts.ts";
import { planningRoutes } from "./planning-routes.ts";
import { recordCount } from "./record.ts";
import { reverseCount } from "./reverse-count.ts";

export const countingRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/cycle-counts",
    summary: "Cycle counts, newest first; by site, status and type",
    query: CycleCountQuery,
    response: CycleCountList,
    handler: ({ tx, context, query, services }) => listCounts(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/cycle-counts/{id}",
    summary: "One cycle count with its lines; a blind one without what the books say",
    params: IdParams,
    response: CycleCount,
    transaction: "read-one",
    handler: ({ tx, context, params }) => getCount(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/cycle-counts",
    summary: "Plan a cycle count",
    roles: supervisors,
    body: CreateCycleCount,
    response: CycleCount,
    status: 201,
    handler: ({ tx, context, body }) => createCount(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/cycle-counts/{id}/start",
    summary: "Begin a count: its lines are the stock that is there now",
    params: IdParams,
    body: CountStep,
    response: CycleCount,
    handler: ({ tx, context, params, body }) => startCount(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/cycle-counts/{id}/record",
    summary: "Record what was counted",
    params: IdParams,
    body: RecordCount,
    response: CycleCount,
    handler: ({ tx, context, params, body }) => recordCount(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/cycle-counts/{id}/approve",
    summary: "Apply the differences that somebody else counted, or have them counted again",
    roles: supervisors,
    params: IdParams,
    query: DryRunQuery,
    body: ApproveCount,
    response: CycleCount,
    handler: ({ tx, context, params, body }) => approveCount(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/cycle-counts/{id}/reverse",
    summary: "Undo the differences of an approved count",
    roles: supervisors,
    params: IdParams,
    query: DryRunQuery,
    body: ReverseCount,
    response: CycleCount,
    handler: ({ tx, context, params, body }) => reverseCount(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/cycle-counts/{id}/cancel",
    summary: "End a count without its differences",
    roles: supervisors,
    params: IdParams,
    body: CountStep,
    response: CycleCount,
    handler: ({ tx, context, params, body }) => cancelCount(tx, context, params.id, body),
  }),
  ...planningRoutes,
];
