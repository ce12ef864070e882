import type { Tx } from "#platform/database/transaction.ts";
import { AuthenticationError, AuthorizationError, RateLimitError } from "#platform/errors.ts";
import { withLogContext } from "#platform/log-context.ts";
import type { RateLimit } from "#platform/rate-limit/limits.ts";
import type { Counted } from "#platform/rate-limit/store.ts";
import type { Services } from "#platform/services.ts";
import { authenticate } from "./authenticate.ts";
import type { ClientAddress } from "./client-address.ts";
import type { Context } from "./context.ts";
import { refuseCrossSite } from "./cross-site.ts";
import { encode, type Encoded, type Outgoing, send } from "./encode.ts";
import { toErrorResponse } from "./error-response.ts";
import type { Exchange, Handle } from "./exchange.ts";
import { dataPolicy, securityHeaders } from "./headers.ts";
import { claimKey, hashOfRequest, keepAnswer, readIdempotencyKey } from "./idempotency.ts";
import { type Importance, OverloadError } from "./overload.ts";
import { readInput } from "./read-input.ts";
import { requestIdOf } from "./request-id.ts";
import type { AnyRoute } from "./route.ts";

/**
 * Turns a route into its hardened handler. The order: request id, client address, block list, shutdown and overload, limits by
 * address, cross-site check, session, role, limits by user, validation, then one transaction with the idempotency claim and the
 * handler, then the answer, checked against its schema.
 */
export function bindRoute(route: AnyRoute, services: Services): Handle {
  const limits = services.limiter.limitsOf(route.rateLimit, `${route.method} ${route.path}`);
  const answer = (exchange: Exchange) =>
    route.requiresAuth === false ? answerPublic(route, services, exchange, limits) : answerSignedIn(route, services, exchange, limits);
  return exchangeWith(services, answer, importanceOf(route));
}

/** What surrounds every answer, an error's too: request id, log context, headers, and the log line after it. */
export function exchangeWith(
  services: Services,
  answer: (exchange: Exchange) => Promise<Outgoing>,
  importance: Importance = "normal",
): Handle {
  const fixedHeaders = { ...Object.fromEntries(securityHeaders(services.settings)), ...dataPolicy, "API-Version": "1" };
  return (request, { remoteAddress, params }) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(request.headers);
    const headers: Record<string, string> = { ...fixedHeaders, "X-Request-Id": requestId };
    const client = services.clientAddress({ headers: request.headers, remoteAddress });
    const userAgent = request.headers.get("user-agent")?.slice(0, 200);
    return withLogContext({ requestId, ipAddress: client.ip, ...(userAgent ? { userAgent } : {}) }, async () => {
      const exchange: Exchange = { request, client, params, requestId, headers };
      const { status, body } = await letIn(services, exchange, importance, answer).catch((error: unknown) =>
        failed(error, services, exchange),
      );
      const duration = Math.round((performance.now() - startedAt) * 10) / 10;
      headers["X-Response-Time"] = `${duration}ms`;
      if (services.lifecycle.draining) headers["Connection"] = "close";
      // Once the answer is on its way: nobody waits for the log.
      setImmediate(() => services.log.logRequest(request.method, pathOf(request), status, duration));
      return new Response(body, { status, headers });
    });
  };
}

/** Before any other work: nobody who is blocked, and no more than can be answered. */
async function letIn(
  { ddosProtection, overload }: Services,
  exchange: Exchange,
  importance: Importance,
  answer: (exchange: Exchange) => Promise<Outgoing>,
): Promise<Outgoing> {
  const { key, spared } = exchange.client;
  if (!spared && ddosProtection.isBlocked(key)) {
    throw new AuthorizationError("Your IP has been temporarily blocked due to suspicious activity", "ADDRESS_BLOCKED");
  }
  const leave = overload.enter(importance);
  try {
    return await answer(exchange);
  } finally {
    leave();
  }
}

const importanceOf = (route: AnyRoute): Importance => {
  if (route.requiresAuth === false && route.unlimited) return "health";
  return route.rateLimit === "AUTH" ? "signIn" : "normal";
};

async function answerSignedIn(
  route: AnyRoute & { requiresAuth?: true },
  services: Services,
  exchange: Exchange,
  limits: readonly RateLimit[],
): Promise<Outgoing> {
  const { request, headers } = exchange;
  // Who bears no session of ours is counted before anything is done for them.
  const bearsSession = services.sessions.read(request.headers.get("cookie")) !== undefined;
  if (!bearsSession) await limitAddress(services, exchange, limits);
  refuseCrossSite(request, services.settings.ownOrigins);
  const context = await signedIn(services, exchange, bearsSession ? limits : undefined);
  requireRole(route, context);
  const { tenantId, userId } = context;
  await services.limiter.admit(limits, { address: exchange.client.key, tenantId, userId }, headers);

  const input = await readInput(route, services, exchange);
  const dryRun = (input.query as { dryRun?: boolean } | undefined)?.dryRun === true;
  const mode = route.transaction ?? (route.method === "GET" ? "read" : "write");
  // Opened by the handler itself where the route says so; the type of the handler cannot know.
  const work = async (tx: Tx | undefined) => encode(route, await route.handler({ ...input, context, tx: tx as Tx }), dryRun);
  if (mode === "none") return send(await work(undefined), request, headers);

  const key = mode === "write" && request.method === "POST" && !dryRun ? readIdempotencyKey(request) : undefined;
  const requestHash = key === undefined ? undefined : hashOfRequest(request.method, request.url, input.body);
  const once = async (tx: Tx): Promise<Encoded> => {
    if (key === undefined || !requestHash) return await work(tx);
    const before = await claimKey(tx, context.userId, key, requestHash);
    if (before) return { ...before, headers: { "Idempotency-Replayed": "true" } };
    const done = await work(tx);
    keepAnswer(tx, context.userId, key, done);
    return done;
  };
  const how = { readOnly: mode === "read", dryRun, repeatable: key !== undefined, label: route.path };
  const encoded = await services.database.withTenant(context.tenantId, once, how);
  return send(encoded, request, headers);
}

async function answerPublic(
  route: AnyRoute & { requiresAuth: false },
  services: Services,
  exchange: Exchange,
  limits: readonly RateLimit[],
): Promise<Outgoing> {
  const { request, headers } = exchange;
  const counted = route.unlimited
    ? undefined
    : await limitAddress(services, exchange, route.rateLimit === "AUTH" ? apiLimit(services) : limits);
  refuseCrossSite(request, services.settings.ownOrigins);
  const input = await readInput(route, services, exchange);
  const work = () => route.handler(input);
  if (route.rateLimit !== "AUTH") return send(encode(route, await work(), false), request, headers);

  // What is well-formed counts as an attempt instead: a shift that signs in behind one address is no flood.
  if (counted) await services.limiter.forgive(counted);
  const keys = [`address ${exchange.client.key}`, ...(route.rateLimitKeys?.(input.body) ?? [])];
  // Only a wrong guess counts: not that we are busy, nor a question back to someone whose password was right.
  const isFailure = (error: unknown) => error instanceof AuthenticationError;
  const attempt = () => services.attempts.run({ preset: "AUTH", keys, headers, isFailure }, work);
  return send(encode(route, await strikingOut(services, exchange.client, attempt), false), request, headers);
}

/** Counts who is not signed in, by their address. Throws `429`. */
export async function limitAddress(services: Services, { client, headers }: Exchange, limits: readonly RateLimit[]): Promise<Counted> {
  return await strikingOut(services, client, () => services.limiter.admit(limits, { address: client.key }, headers));
}

/** For what no route answers. */
export const apiLimit = (services: Services): readonly RateLimit[] => services.limiter.limitsOf("API", "");

/** Who is not signed in and goes on asking after a refusal is blocked in the end. */
async function strikingOut<T>({ strikes }: Services, { key, spared }: ClientAddress, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RateLimitError && !spared) await strikes.add(key);
    throw error;
  }
}

/** Who asks. With a session that has ended the address is counted, if it was not yet. */
async function signedIn(services: Services, exchange: Exchange, limits: readonly RateLimit[] | undefined): Promise<Context> {
  const { request, requestId, client } = exchange;
  try {
    const context = await authenticate(request, services, { requestId, ipAddress: client.ip });
    services.log.setContext({ userId: context.userId, tenantId: context.tenantId });
    return context;
  } catch (error) {
    if (limits && error instanceof AuthenticationError) await limitAddress(services, exchange, limits);
    throw error;
  }
}

function requireRole(route: AnyRoute & { requiresAuth?: true }, context: Context): void {
  if (route.roles.includes(context.role)) return;
  context.log.logSecurityEvent("A role asked for what it may not do", "low", {
    role: context.role,
    route: `${route.method} ${route.path}`,
  });
  throw new AuthorizationError();
}

function failed(error: unknown, services: Services, { request, requestId, headers }: Exchange): Outgoing {
  const answer = toErrorResponse(error, {
    path: pathOf(request),
    requestId,
    accept: request.headers.get("accept"),
    development: !services.settings.production,
  });
  if (answer.status >= 500 && !(error instanceof OverloadError)) services.log.error("A request failed", error);
  Object.assign(headers, answer.headers);
  return answer;
}

const pathOf = (request: Request) => new URL(request.url).pathname;
