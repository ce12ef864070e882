import type { z } from "zod";
import type { FileFormat } from "#contract/export.ts";
import type { Role } from "#contract/identity.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { RouteLimit } from "#platform/rate-limit/limits.ts";
import type { Services } from "#platform/services.ts";
import type { Context } from "./context.ts";
import { faultOf } from "./route-faults.ts";

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What every handler is given, already checked. */
export interface Input<P, Q, B> {
  params: Output<P>;
  query: Output<Q>;
  body: Output<B>;
  /** The versions named by an If-Match header, any of which will do. */
  ifMatch: readonly number[] | undefined;
  services: Services;
  request: { raw: Request; id: string; ipAddress: string; isInsider: boolean; userAgent: string | null };
}
/** A signed-in caller, and the transaction that is open for them. */
export interface SignedInInput<P, Q, B> extends Input<P, Q, B> {
  context: Context;
  tx: Tx;
}

interface Common<P, Q, B, R extends z.ZodType> {
  method: Method;
  /** With `{name}` for parameters; without the `/api/v1` in front. */
  path: string;
  summary: string;
  params?: P;
  query?: Q;
  body?: B;
  response: R;
  /** The status of success; 200 unless said. A dry run answers 200 in any case. */
  status?: 200 | 201 | 204;
  maxBodyBytes?: number;
  /** Takes a file instead of JSON: the handler reads `request.raw.body` itself. */
  acceptsFile?: { types: readonly string[]; maxBytes: number };
  /** Made by `export-route.ts`: answers with a file, whose rows come from the request's own reading transaction. */
  answersFile?: readonly FileFormat[];
  /** Made by `events-route.ts`: answers with server-sent events. */
  answersEvents?: true;
}

type Result<R extends z.ZodType> = z.input<R> | Answer<z.input<R>>;

/** A route that asks for a session, but for who may use it and how often. */
export interface SignedInFields<P, Q, B, R extends z.ZodType> extends Common<P, Q, B, R> {
  /**
   * `read`: nothing is written (the default of GET); `read-one`: by one query, the transaction's end leaving with it; `write`: one
   * transaction, committed; `none`: the handler opens its own.
   */
  transaction?: "read" | "read-one" | "write" | "none";
  /** What counts for the whole installation: only for people of the company that runs it. Others get `403 NOT_THE_OPERATOR`. */
  operatorOnly?: true;
  handler(input: SignedInInput<P, Q, B>): Promise<Result<R>>;
}

/** A route for everyone, but for how often. */
export interface OpenFields<P, Q, B, R extends z.ZodType> extends Common<P, Q, B, R> {
  /** Health alone goes without: the limit store is not to be asked for it. */
  unlimited?: true;
  handler(input: Input<P, Q, B>): Promise<Result<R>>;
}

export interface SecureRoute<P, Q, B, R extends z.ZodType> extends SignedInFields<P, Q, B, R> {
  requiresAuth?: true;
  roles: readonly Role[];
  rateLimit: RouteLimit;
}

export interface PublicRoute<P, Q, B, R extends z.ZodType> extends OpenFields<P, Q, B, R> {
  requiresAuth: false;
  rateLimit: RouteLimit;
}

export type AnyRoute =
  | SecureRoute<z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined, z.ZodType>
  | PublicRoute<z.ZodType | undefined, z.ZodType | undefined, z.ZodType | undefined, z.ZodType>;

/** Data with headers or a status of its own. */
export class Answer<T> {
  readonly data: T;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  constructor(data: T, { status, headers = {} }: { status?: number; headers?: Record<string, string> } = {}) {
    this.data = data;
    this.status = status;
    this.headers = headers;
  }
}

export const everyRole = ["Admin", "Supervisor", "Operator", "Viewer"] as const satisfies readonly Role[];
export const workers = ["Admin", "Supervisor", "Operator"] as const satisfies readonly Role[];
export const supervisors = ["Admin", "Supervisor"] as const satisfies readonly Role[];
export const admins = ["Admin"] as const satisfies readonly Role[];

/**
 * A route as data. Deny by default: throws at start, naming the path, when it has neither roles nor `requiresAuth: false`, no
 * rate limit, no strict schema of an input, none of its answer, or says anything else that `faultOf` knows to be wrong.
 */
export function createSecureRoute<
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  R extends z.ZodType = z.ZodType,
>(route: SecureRoute<P, Q, B, R> | PublicRoute<P, Q, B, R>): AnyRoute {
  const fault = faultOf(route);
  if (fault) throw new Error(`Route ${route.method} ${route.path}: ${fault}`);
  return route;
}
