import { DryRunQuery } from "#contract/ledger.ts";
import { IdParams } from "#contract/primitives.ts";
import { ProductionPosting, ProductionPostingList, ProductionPostingQuery, ReversePosting } from "#contract/production.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, workers } from "#platform/http/route.ts";
import { getPosting, listPostings } from "./postings.ts";
import { reversePosting } from "./reverse-posting.ts";

export const postingRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/manufacturing/postings",
    summary: "Consumptions and outputs, newest first; by order, site, type",
    query: ProductionPostingQuery,
    response: ProductionPostingList,
    handler: ({ tx, context, query, services }) => listPostings(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/manufacturing/postings/{id}",
    summary: "One consumption or output with its events",
    params: IdParams,
    response: ProductionPosting,
    handler: ({ tx, context, params }) => getPosting(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/manufacturing/postings/{id}/reverse",
    summary: "Undo a consumption or an output as a whole",
    roles: workers,
    params: IdParams,
    query: DryRunQuery,
    body: ReversePosting,
    response: ProductionPosting,
    handler: ({ tx, context, params, body }) => reversePosting(tx, context, params.id, body),
  }),
];
