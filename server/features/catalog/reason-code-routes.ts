import { CreateReasonCode, ReasonCode, ReasonCodeList, ReasonCodeQuery, UpdateReasonCode } from "#contract/catalog.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { changeReasonCode, createReasonCode, getReasonCode, listReasonCodes } from "./reason-codes.ts";

export const reasonCodeRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/reason-codes",
    summary: "Reason codes; by what they explain",
    query: ReasonCodeQuery,
    response: ReasonCodeList,
    handler: ({ tx, query, services }) => listReasonCodes(tx, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/reason-codes/{id}",
    summary: "One reason code",
    params: IdParams,
    response: ReasonCode,
    transaction: "read-one",
    handler: ({ tx, params }) => getReasonCode(tx, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/reason-codes",
    summary: "Add a reason code",
    roles: supervisors,
    body: CreateReasonCode,
    response: ReasonCode,
    status: 201,
    handler: ({ tx, context, body }) => createReasonCode(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/inventory/reason-codes/{id}",
    summary: "Rename a reason code, or take it out of use",
    roles: supervisors,
    params: IdParams,
    body: UpdateReasonCode,
    response: ReasonCode,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeReasonCode(tx, context, params.id, basis, changes);
    },
  }),
];
