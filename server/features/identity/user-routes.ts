import { z } from "zod";
import { InvitedUser, PasswordLink } from "#contract/account.ts";
import { CreateUser, SiteAccess, UpdateUser, User, UserList, UserQuery } from "#contract/identity.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { admins, type AnyRoute } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { getUser, listUsers } from "./user-queries.ts";
import { changeUser, createUser, makePasswordLink, setSiteAccess } from "./users.ts";

export const userRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.adminOnly({
    method: "GET",
    path: "/users",
    summary: "The people of the company",
    query: UserQuery,
    response: UserList,
    handler: ({ tx, query, services }) => listUsers(tx, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.adminOnly({
    method: "GET",
    path: "/users/{id}",
    summary: "One person",
    params: IdParams,
    response: User,
    transaction: "read-one",
    handler: ({ tx, params }) => getUser(tx, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/users",
    summary: "Make someone a member of the company, and invite them to choose a password",
    roles: admins,
    // Also keeps the link out of the answer that an Idempotency-Key would store.
    transaction: "none",
    body: CreateUser,
    response: InvitedUser,
    status: 201,
    handler: ({ services, context, body }) => createUser(services, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/users/{id}",
    summary: "Change a role, or shut someone out",
    roles: admins,
    params: IdParams,
    body: UpdateUser,
    response: User,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeUser(tx, context, params.id, basis, changes);
    },
  }),
  MiddlewarePresets.write({
    method: "PUT",
    path: "/users/{id}/site-access",
    summary: "Say in which sites someone may work",
    roles: admins,
    params: IdParams,
    body: SiteAccess,
    response: User,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return setSiteAccess(tx, context, params.id, basis, changes.siteIds);
    },
  }),
  MiddlewarePresets.sensitive({
    method: "POST",
    path: "/users/{id}/password-link",
    summary: "Send someone a link that sets their password; without mail: have one to hand over",
    transaction: "none",
    params: IdParams,
    body: z.strictObject({}),
    response: PasswordLink,
    handler: ({ services, context, params }) => makePasswordLink(services, context, params.id),
  }),
];
