import { z } from "zod";
import { EndedSessions, SessionList, SessionQuery, UserSessionParams } from "#contract/account.ts";
import { IdParams } from "#contract/primitives.ts";
import { admins, Answer, type AnyRoute, createSecureRoute, everyRole } from "#platform/http/route.ts";
import { endSessionOf, endSessionsOf, listSessions } from "./sessions.ts";

export const sessionRoutes: readonly AnyRoute[] = [
  createSecureRoute({
    method: "GET",
    path: "/auth/sessions",
    summary: "Where one is signed in to this company",
    roles: everyRole,
    rateLimit: "API",
    query: SessionQuery,
    response: SessionList,
    handler: ({ tx, context, query, services }) => listSessions(tx, context, context.userId, query, services.settings),
  }),
  createSecureRoute({
    method: "DELETE",
    path: "/auth/sessions/{id}",
    summary: "Sign out somewhere; the session that asks: sign out",
    roles: everyRole,
    rateLimit: "WRITE",
    params: IdParams,
    response: z.null(),
    status: 204,
    handler: async ({ tx, context, params, services }) => {
      await endSessionOf(tx, context, context.userId, params.id);
      return new Answer(null, params.id === context.sessionId ? { headers: { "Set-Cookie": services.sessions.clear() } } : {});
    },
  }),
  createSecureRoute({
    method: "DELETE",
    path: "/auth/sessions",
    summary: "Sign out everywhere else",
    roles: everyRole,
    rateLimit: "WRITE",
    response: EndedSessions,
    handler: ({ tx, context }) => endSessionsOf(tx, context, context.userId),
  }),
  createSecureRoute({
    method: "GET",
    path: "/users/{id}/sessions",
    summary: "Where someone is signed in to the company",
    roles: admins,
    rateLimit: "API",
    params: IdParams,
    query: SessionQuery,
    response: SessionList,
    handler: ({ tx, context, params, query, services }) => listSessions(tx, context, params.id, query, services.settings),
  }),
  createSecureRoute({
    method: "DELETE",
    path: "/users/{id}/sessions",
    summary: "Sign someone out everywhere",
    roles: admins,
    rateLimit: "WRITE",
    params: IdParams,
    response: EndedSessions,
    handler: ({ tx, context, params }) => endSessionsOf(tx, context, params.id),
  }),
  createSecureRoute({
    method: "DELETE",
    path: "/users/{id}/sessions/{sessionId}",
    summary: "Sign someone out of one session",
    roles: admins,
    rateLimit: "WRITE",
    params: UserSessionParams,
    response: z.null(),
    status: 204,
    handler: async ({ tx, context, params }) => {
      await endSessionOf(tx, context, params.id, params.sessionId);
      return null;
    },
  }),
];
