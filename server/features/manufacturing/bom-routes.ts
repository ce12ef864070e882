import { Bom, BomCost, BomList, BomQuery, BomStep, CreateBom, SetStandardCost, UpdateBom } from "#contract/boms.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { rollUpCost, setStandardCost } from "./bom-cost.ts";
import { getBom, listBoms } from "./bom-queries.ts";
import { activateBom, changeBom, createBom, retireBom } from "./boms.ts";

const step = (name: string, summary: string, take: typeof activateBom) =>
  MiddlewarePresets.write({
    method: "POST",
    path: `/manufacturing/boms/{id}/${name}`,
    summary,
    roles: supervisors,
    params: IdParams,
    body: BomStep,
    response: Bom,
    handler: ({ tx, context, params, body }) => take(tx, context, params.id, body),
  });

export const bomRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/manufacturing/boms",
    summary: "Bills of materials, newest first; by item, component, status, text",
    query: BomQuery,
    response: BomList,
    handler: ({ tx, query, services }) => listBoms(tx, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/manufacturing/boms/{id}",
    summary: "One bill of materials with its components",
    params: IdParams,
    response: Bom,
    transaction: "read-one",
    handler: ({ tx, params }) => getBom(tx, params.id),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/manufacturing/boms/{id}/cost",
    summary: "The whole structure of a bill, and what it costs in material",
    params: IdParams,
    response: BomCost,
    handler: ({ tx, params }) => rollUpCost(tx, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/manufacturing/boms",
    summary: "Draft a bill of materials",
    roles: supervisors,
    body: CreateBom,
    response: Bom,
    status: 201,
    handler: ({ tx, context, body }) => createBom(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/manufacturing/boms/{id}",
    summary: "Change a draft, or a bill's dates and note",
    roles: supervisors,
    params: IdParams,
    body: UpdateBom,
    response: Bom,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeBom(tx, context, params.id, basis, changes);
    },
  }),
  step("activate", "Make it the item's active bill, in place of the one before", activateBom),
  step("retire", "Take the active bill out of use", retireBom),
  MiddlewarePresets.write({
    method: "POST",
    path: "/manufacturing/boms/{id}/set-standard-cost",
    summary: "Take the rolled-up cost as the item's standard cost",
    roles: supervisors,
    params: IdParams,
    body: SetStandardCost,
    response: BomCost,
    handler: ({ tx, context, params, body }) => setStandardCost(tx, context, params.id, body.note),
  }),
];
