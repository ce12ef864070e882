import { z } from "zod";
import {
  ChangePassword,
  LookAtPasswordLink,
  PasswordLinkFacts,
  PasswordResetRequested,
  RequestPasswordReset,
  SetPassword,
} from "#contract/account.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { Answer, type AnyRoute, createSecureRoute, everyRole } from "#platform/http/route.ts";
import { findLink, type FoundLink } from "./password-links.ts";
import { changePassword, setPasswordByLink } from "./passwords.ts";

const maxBodyBytes = 16 * 1_024;

const factsOf = (link: FoundLink): PasswordLinkFacts => ({
  purpose: link.purpose,
  email: link.email,
  name: link.user_name,
  tenant: { code: link.tenant_code, name: link.tenant_name },
  expiresAt: link.expires_at,
});

export const accountRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.sensitive({
    method: "PUT",
    path: "/auth/password",
    summary: "Change one's own password; signs out everywhere else",
    roles: everyRole,
    transaction: "none",
    body: ChangePassword,
    maxBodyBytes,
    response: z.null(),
    status: 204,
    handler: async ({ services, context, body, request }) => {
      const setCookie = await changePassword(services, context, body, request);
      return new Answer(null, { headers: { "Set-Cookie": setCookie } });
    },
  }),
  createSecureRoute({
    method: "POST",
    path: "/auth/password-reset",
    summary: "Ask for a link that sets a new password; the same answer for an address that nobody has",
    requiresAuth: false,
    rateLimit: "SENSITIVE",
    body: RequestPasswordReset,
    maxBodyBytes,
    response: PasswordResetRequested,
    handler: async ({ services, body, request }) => {
      const { delivery } = services.mail;
      services.log.logSecurityEvent("A password reset was asked for", "low", { email: body.email, ipAddress: request.ipAddress });
      if (delivery !== "NONE") await services.database.query("SELECT request_password_reset($1)", [body.email]);
      return { delivery };
    },
  }),
  MiddlewarePresets.auth({
    method: "POST",
    path: "/auth/password-reset/look",
    summary: "Whose password a link sets, while it holds",
    body: LookAtPasswordLink,
    maxBodyBytes,
    response: PasswordLinkFacts,
    handler: async ({ services, body }) => factsOf(await findLink(services, body.token)),
  }),
  MiddlewarePresets.auth({
    method: "POST",
    path: "/auth/password-reset/confirm",
    summary: "Set a password by a link, once; signs out everywhere",
    body: SetPassword,
    maxBodyBytes,
    response: PasswordLinkFacts,
    handler: async ({ services, body, request }) => factsOf(await setPasswordByLink(services, body, request)),
  }),
];
