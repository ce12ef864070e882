import {
  AbcClasses,
  ComputeAbcClasses,
  CountAccuracy,
  CountAccuracyExportQuery,
  CountAccuracyQuery,
  CountAccuracyRow,
  DueItemList,
  DueItemQuery,
} from "#contract/count-planning.ts";
import { DryRunQuery } from "#contract/ledger.ts";
import { createExportRoute, inOneBatch } from "#platform/http/export-route.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { computeAbcClasses } from "./abc-classes.ts";
import { countAccuracy } from "./accuracy.ts";
import { listDueItems } from "./due-items.ts";

export const planningRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/abc-classes/compute",
    summary: "Class items A, B and C by the value that moved out of them",
    roles: supervisors,
    query: DryRunQuery,
    body: ComputeAbcClasses,
    response: AbcClasses,
    handler: ({ tx, context, body }) => computeAbcClasses(tx, context, context.tenantId, body),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/counting/due",
    summary: "What is due to be counted and in no open count, the longest overdue first; by site and class",
    query: DueItemQuery,
    response: DueItemList,
    handler: ({ tx, context, query, services }) => listDueItems(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/reports/count-accuracy",
    summary: "How right the books were when they were counted, by month and site",
    query: CountAccuracyQuery,
    response: CountAccuracy,
    handler: ({ tx, context, query }) => countAccuracy(tx, context, query),
  }),
  createExportRoute({
    path: "/reports/count-accuracy/export",
    summary: "How right the books were when they were counted: as a file",
    query: CountAccuracyExportQuery,
    row: CountAccuracyRow,
    name: "count-accuracy",
    batches: ({ tx, context, query }) => inOneBatch(countAccuracy(tx, context, query).then(({ items }) => items)),
  }),
];
