import { CreateUnit, Unit, UnitList, UnitQuery, UpdateUnit } from "#contract/catalog.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { changeUnit, createUnit, getUnit, listUnits } from "./units.ts";

export const unitRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/units",
    summary: "Units of measure",
    query: UnitQuery,
    response: UnitList,
    handler: ({ tx, query, services }) => listUnits(tx, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/units/{id}",
    summary: "One unit of measure",
    params: IdParams,
    response: Unit,
    transaction: "read-one",
    handler: ({ tx, params }) => getUnit(tx, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/units",
    summary: "Add a unit of measure",
    roles: supervisors,
    body: CreateUnit,
    response: Unit,
    status: 201,
    handler: ({ tx, context, body }) => createUnit(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/inventory/units/{id}",
    summary: "Rename a unit, or take it out of use",
    roles: supervisors,
    params: IdParams,
    body: UpdateUnit,
    response: Unit,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeUnit(tx, context, params.id, basis, changes);
    },
  }),
];
