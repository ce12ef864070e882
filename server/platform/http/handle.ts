import { randomUUID } from "node:crypto";
import type { Tx } from "#platform/database/transaction.ts";
import { AuthenticationError, AuthorizationError } from "#platform/errors.ts";
import { withLogContext } from "#platform/logger.ts";
import type { Services } from "#platform/services.ts";
import { authenticate } from "./authenticate.ts";
import type { Context } from "./context.ts";
import { refuseCrossSite } from "./cross-site.ts";
import { encode, type Encoded, type Outgoing, send } from "./encode.ts";
import { toErrorResponse } from "./error-response.ts";
import type { Exchange, Handle } from "./exchange.ts";
import { dataPolicy, securityHeaders } from "./headers.ts";
import { claimKey, hashOfRequest, keepAnswer, readIdempotencyKey } from "./idempotency.ts";
import { readInput } from "./read-input.ts";
import type { AnyRoute } from "./route.ts";

/**
 * Turns a route into its hardened handler. The order: request id, cross-site check, session, role, limits, validation,
 * then one transaction with the idempotency claim and the handler, then the answer, checked against its schema.
 * A route without sign-in is limited by address first, before its body is read.
 */
export function bindRoute(route: AnyRoute, services: Services): Handle {
  return exchangeWith(services, (exchange) =>
    route.requiresAuth === false ? answerPublic(route, services, exchange) : answerSignedIn(route, services, exchange),
  );
}

/** What surrounds every answer, an error's too: request id, log context, headers, and the log line after it. */
export function exchangeWith(services: Services, answer: (exchange: Exchange) => Promise<Outgoing>): Handle {
  const fixedHeaders = { ...Object.fromEntries(securityHeaders(services.settings)), ...dataPolicy, "API-Version": "1" };
  return (request, peer) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(request);
    const headers: Record<string, string> = { ...fixedHeaders, "X-Request-Id": requestId };
    const userAgent = request.headers.get("user-agent")?.slice(0, 200);
    return withLogContext({ requestId, ipAddress: peer.ipAddress, ...(userAgent ? { userAgent } : {}) }, async () => {
      const exchange: Exchange = { request, peer, requestId, headers };
      const { status, body } = await answer(exchange).catch((error: unknown) => failed(error, services, exchange));
      const duration = Math.round((performance.now() - startedAt) * 10) / 10;
      headers["X-Response-Time"] = `${duration}ms`;
      if (services.lifecycle.draining) headers["Connection"] = "close";
      services.log.logRequest(request.method, pathOf(request), status, duration);
      return new Response(body, { status, headers });
    });
  };
}

async function answerSignedIn(route: AnyRoute & { requiresAuth?: true }, services: Services, exchange: Exchange): Promise<Outgoing> {
  const { request, headers } = exchange;
  refuseCrossSite(request, services.settings.ownOrigins);
  const context = await signedIn(services, exchange, route.rateLimit);
  requireRole(route, context);
  services.limiter.admit(route.rateLimit, [`user ${context.tenantId} ${context.userId}`], headers);

  const input = await readInput(route, services, exchange);
  const dryRun = (input.query as { dryRun?: boolean } | undefined)?.dryRun === true;
  const mode = route.transaction ?? (route.method === "GET" ? "read" : "write");
  // Opened by the handler itself where the route says so; the type of the handler cannot know.
  const work = async (tx: Tx | undefined) => encode(route, await route.handler({ ...input, context, tx: tx as Tx }), dryRun);
  if (mode === "none") return send(await work(undefined), request, headers);

  const key = mode === "write" && request.method === "POST" && !dryRun ? readIdempotencyKey(request) : undefined;
  const requestHash = key === undefined ? undefined : hashOfRequest(request.method, request.url, input.body);
  const encoded = await services.database.transaction(
    { tenantId: context.tenantId, readOnly: mode === "read", dryRun, repeatable: key !== undefined },
    async (tx): Promise<Encoded> => {
      if (key === undefined || !requestHash) return await work(tx);
      const before = await claimKey(tx, context.userId, key, requestHash);
      if (before) return { ...before, headers: { "Idempotency-Replayed": "true" } };
      const done = await work(tx);
      keepAnswer(tx, context.userId, key, done);
      return done;
    },
  );
  return send(encoded, request, headers);
}

async function answerPublic(route: AnyRoute & { requiresAuth: false }, services: Services, exchange: Exchange): Promise<Outgoing> {
  const { request, headers } = exchange;
  const address = `address ${exchange.peer.ipAddress}`;
  // Reading a body is work too: whoever is not signed in is counted before it.
  if (!route.unlimited) services.limiter.admit(route.rateLimit === "AUTH" ? "API" : route.rateLimit, [address], headers);
  refuseCrossSite(request, services.settings.ownOrigins);
  const input = await readInput(route, services, exchange);
  const work = () => route.handler(input);
  if (route.rateLimit !== "AUTH") return send(encode(route, await work(), false), request, headers);

  const keys = [address, ...(route.rateLimitKeys?.(input.body) ?? [])];
  // Only a wrong guess counts: not that we are busy, nor a question back to someone whose password was right.
  const isFailure = (error: unknown) => error instanceof AuthenticationError;
  return send(encode(route, await services.attempts.run({ preset: "AUTH", keys, headers, isFailure }, work), false), request, headers);
}

/** Who asks. Without a session the address is counted, so that guessing at cookies is limited too. */
async function signedIn(services: Services, exchange: Exchange, preset: AnyRoute["rateLimit"]): Promise<Context> {
  const { request, requestId, peer, headers } = exchange;
  try {
    const context = await authenticate(request, services, { requestId, ipAddress: peer.ipAddress });
    services.log.setContext({ userId: context.userId, tenantId: context.tenantId });
    return context;
  } catch (error) {
    if (error instanceof AuthenticationError) services.limiter.admit(preset, [`address ${peer.ipAddress}`], headers);
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
  if (answer.status >= 500) services.log.error("A request failed", error);
  Object.assign(headers, answer.headers);
  return answer;
}

const pathOf = (request: Request) => new URL(request.url).pathname;

function requestIdOf(request: Request): string {
  const given = request.headers.get("x-request-id");
  return given !== null && /^[\w.:-]{8,128}$/.test(given) ? given : `req_${randomUUID().replaceAll("-", "")}`;
}
