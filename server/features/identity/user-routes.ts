import { CreateUser, SiteAccess, UpdateUser, User, UserList, UserQuery } from "#contract/identity.ts";
import { IdParams } from "#contract/primitives.ts";
import { admins, type AnyRoute, createSecureRoute } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { getUser, listUsers } from "./user-queries.ts";
import { changeUser, createUser, setSiteAccess } from "./users.ts";

export const userRoutes: readonly AnyRoute[] = [
  createSecureRoute({
    method: "GET",
    path: "/users",
    summary: "The people of the company",
    roles: admins,
    rateLimit: "API",
    query: UserQuery,
    response: UserList,
    handler: ({ tx, query, services }) => listUsers(tx, query, services.settings.cursorSecrets),
  }),
  createSecureRoute({
    method: "GET",
    path: "/users/{id}",
    summary: "One person",
    roles: admins,
    rateLimit: "API",
    params: IdParams,
    response: User,
    handler: ({ tx, params }) => getUser(tx, params.id),
  }),
  createSecureRoute({
    method: "POST",
    path: "/users",
    summary: "Make someone a member of the company",
    roles: admins,
    rateLimit: "WRITE",
    // Also keeps the password out of the hash that an Idempotency-Key would store.
    transaction: "none",
    body: CreateUser,
    response: User,
    status: 201,
    handler: ({ services, context, body }) => createUser(services, context, body),
  }),
  createSecureRoute({
    method: "PATCH",
    path: "/users/{id}",
    summary: "Change a role, or shut someone out",
    roles: admins,
    rateLimit: "WRITE",
    params: IdParams,
    body: UpdateUser,
    response: User,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeUser(tx, context, params.id, basis, changes);
    },
  }),
  createSecureRoute({
    method: "PUT",
    path: "/users/{id}/site-access",
    summary: "Say in which sites someone may work",
    roles: admins,
    rateLimit: "WRITE",
    params: IdParams,
    body: SiteAccess,
    response: User,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return setSiteAccess(tx, context, params.id, basis, changes.siteIds);
    },
  }),
];
