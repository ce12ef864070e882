import type { z } from "zod";
import type { Role } from "#contract/identity.ts";
import type { RateLimitPreset } from "#platform/rate-limit/limits.ts";
import { admins, type AnyRoute, createSecureRoute, everyRole, type OpenFields, type SignedInFields, workers } from "./route.ts";

type Schema = z.ZodType | undefined;
type Handler = (input: never) => Promise<unknown>;

interface SignedInPreset<More> {
  /** The rest of a route: makes it. */
  <P extends Schema = undefined, Q extends Schema = undefined, B extends Schema = undefined, R extends z.ZodType = z.ZodType>(
    fields: SignedInFields<P, Q, B, R> & More,
  ): AnyRoute;
  /** A handler alone: the fields that `createSecureRoute` takes with its path and schemas. */
  <H extends Handler>(handler: H): { requiresAuth: true; roles: readonly Role[]; rateLimit: RateLimitPreset; handler: H };
}

interface OpenPreset {
  <P extends Schema = undefined, Q extends Schema = undefined, B extends Schema = undefined, R extends z.ZodType = z.ZodType>(
    fields: OpenFields<P, Q, B, R>,
  ): AnyRoute;
  <H extends Handler>(handler: H): { requiresAuth: false; rateLimit: RateLimitPreset; handler: H };
}

/** Without roles of its own a route has the preset's. */
type MayNameRoles = { roles?: readonly Role[] };

/** Who may use a route and how often, in a word. What fits none of them says it all to `createSecureRoute`. */
export const MiddlewarePresets = {
  /** No sign-in; the API limit, by address. */
  public: open("API"),
  /** Whoever is signed in; the API limit. */
  authenticated: signedIn<MayNameRoles>(everyRole, "API"),
  /** Admins; the API limit. */
  adminOnly: signedIn(admins, "API"),
  /** Whoever works in the warehouse, so no Viewer; the WRITE limit. */
  write: signedIn<MayNameRoles>(workers, "WRITE"),
  /** Admins, unless it names others; the SENSITIVE limit. */
  sensitive: signedIn<MayNameRoles>(admins, "SENSITIVE"),
  /** No sign-in; the AUTH limit, which counts failures, by address and by account. */
  auth: open("AUTH"),
};

function signedIn<More = unknown>(roles: readonly Role[], rateLimit: RateLimitPreset): SignedInPreset<More> {
  const rule = { requiresAuth: true as const, roles, rateLimit };
  return ((given: Handler | SignedInFields<Schema, Schema, Schema, z.ZodType>) =>
    typeof given === "function" ? { ...rule, handler: given } : createSecureRoute({ ...rule, ...given })) as SignedInPreset<More>;
}

function open(rateLimit: RateLimitPreset): OpenPreset {
  const rule = { requiresAuth: false as const, rateLimit };
  return ((given: Handler | OpenFields<Schema, Schema, Schema, z.ZodType>) =>
    typeof given === "function" ? { ...rule, handler: given } : createSecureRoute({ ...rule, ...given })) as OpenPreset;
}
