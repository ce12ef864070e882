import { AcknowledgeAlert, Alert, AlertList, AlertQuery } from "#contract/alerts.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import type { AnyRoute } from "#platform/http/route.ts";
import { acknowledgeAlert, getAlert, listAlerts } from "./alerts.ts";

export const alertRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/alerts",
    summary: "What asks for attention, newest first; by type, status, site and item",
    query: AlertQuery,
    response: AlertList,
    handler: ({ tx, context, query, services }) => listAlerts(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/alerts/{id}",
    summary: "One alert",
    params: IdParams,
    response: Alert,
    transaction: "read-one",
    handler: ({ tx, context, params }) => getAlert(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/alerts/{id}/acknowledge",
    summary: "Say that somebody sees to it",
    params: IdParams,
    body: AcknowledgeAlert,
    response: Alert,
    handler: ({ tx, context, params, body }) => acknowledgeAlert(tx, context, params.id, body),
  }),
];
