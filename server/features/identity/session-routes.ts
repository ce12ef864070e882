import { z } from "zod";
import { EndedSessions, SessionList, SessionQuery, UserSessionParams } from "#contract/account.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { admins, Answer, type AnyRoute, everyRole } from "#platform/http/route.ts";
import { endSessionOf, endSessionsOf, listSessions } from "./sessions.ts";

export const sessionRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/auth/sessions",
    summary: "Where one is signed in to this company",
    query: SessionQuery,
    response: SessionList,
    handler: ({ tx, context, query, services }) => listSessions(tx, context, context.userId, query, services.settings),
  }),
  MiddlewarePresets.write({
    method: "DELETE",
    path: "/auth/sessions/{id}",
    summary: "Sign out somewhere; the session that asks: sign out",
    roles: everyRole,
    params: IdParams,
    response: z.null(),
    status: 204,
    handler: async ({ tx, context, params, services }) => {
      await endSessionOf(tx, context, context.userId, params.id);
      return new Answer(null, params.id === context.sessionId ? { headers: { "Set-Cookie": services.sessions.clear() } } : {});
    },
  }),
  MiddlewarePresets.write({
    method: "DELETE",
    path: "/auth/sessions",
    summary: "Sign out everywhere else",
    roles: everyRole,
    response: EndedSessions,
    handler: ({ tx, context }) => endSessionsOf(tx, context, context.userId),
  }),
  MiddlewarePresets.adminOnly({
    method: "GET",
    path: "/users/{id}/sessions",
    summary: "Where someone is signed in to the company",
    params: IdParams,
    query: SessionQuery,
    response: SessionList,
    handler: ({ tx, context, params, query, services }) => listSessions(tx, context, params.id, query, services.settings),
  }),
  MiddlewarePresets.write({
    method: "DELETE",
    path: "/users/{id}/sessions",
    summary: "Sign someone out everywhere",
    roles: admins,
    params: IdParams,
    response: EndedSessions,
    handler: ({ tx, context, params }) => endSessionsOf(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "DELETE",
    path: "/users/{id}/sessions/{sessionId}",
    summary: "Sign someone out of one session",
    roles: admins,
    params: UserSessionParams,
    response: z.null(),
    status: 204,
    handler: async ({ tx, context, params }) => {
      await endSessionOf(tx, context, params.id, params.sessionId);
      return null;
    },
  }),
];
