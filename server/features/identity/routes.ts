import { z } from "zod";
import { LoginRequest, Me, SwitchTenant, UpdateMe } from "#contract/identity.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { Answer, type AnyRoute, everyRole } from "#platform/http/route.ts";
import { accountRoutes } from "./account-routes.ts";
import { mailRoutes } from "./mail-routes.ts";
import { changeMe, describeMe } from "./me.ts";
import { signIn, switchTenant } from "./sign-in.ts";
import { endSession } from "./start-session.ts";
import { sessionRoutes } from "./session-routes.ts";
import { userRoutes } from "./user-routes.ts";

export const identityRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.auth({
    method: "POST",
    path: "/auth/login",
    summary: "Sign in",
    body: LoginRequest,
    maxBodyBytes: 16 * 1_024,
    response: Me,
    handler: async ({ body, services, request }) => {
      const { me, setCookie } = await signIn(services, body, request);
      return new Answer(me, { headers: { "Set-Cookie": setCookie } });
    },
  }),
  MiddlewarePresets.public({
    method: "POST",
    path: "/auth/logout",
    summary: "Sign out; without a session, only take the cookie away",
    body: z.strictObject({}),
    response: z.null(),
    status: 204,
    handler: async ({ services, request }) => {
      await endSession(services, request.raw);
      services.log.logSecurityEvent("Signed out", "low");
      return new Answer(null, { headers: { "Set-Cookie": services.sessions.clear() } });
    },
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/auth/me",
    summary: "Who is signed in, where, and as what",
    response: Me,
    transaction: "read-one",
    handler: ({ tx, context }) => describeMe(tx, context.userId),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/auth/me",
    summary: "Choose whether to be mailed the open alerts every morning",
    roles: everyRole,
    body: UpdateMe,
    response: Me,
    handler: ({ tx, context, body }) => changeMe(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/auth/switch-tenant",
    summary: "Go on in another company of the same person",
    roles: everyRole,
    transaction: "none",
    body: SwitchTenant,
    response: Me,
    handler: async ({ body, services, context, request }) => {
      const { me, setCookie } = await switchTenant(services, context, body.tenant, request);
      return new Answer(me, { headers: { "Set-Cookie": setCookie } });
    },
  }),
  ...accountRoutes,
  ...mailRoutes,
  ...sessionRoutes,
  ...userRoutes,
];
