import { CreateLot, Lot, LotList, LotQuery, UpdateLot } from "#contract/catalog.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { changeLot, createLot, getLot, listLots } from "./lots.ts";

export const lotRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/lots",
    summary: "Lots and serial numbers; by item, by expiry, by text",
    query: LotQuery,
    response: LotList,
    handler: ({ tx, query, services }) => listLots(tx, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/lots/{id}",
    summary: "One lot",
    params: IdParams,
    response: Lot,
    transaction: "read-one",
    handler: ({ tx, params }) => getLot(tx, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/lots",
    summary: "Add a lot before it is received",
    body: CreateLot,
    response: Lot,
    status: 201,
    handler: ({ tx, context, body }) => createLot(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/inventory/lots/{id}",
    summary: "Correct a lot's expiry or the supplier's number for it",
    roles: supervisors,
    params: IdParams,
    body: UpdateLot,
    response: Lot,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeLot(tx, context, params.id, basis, changes);
    },
  }),
];
