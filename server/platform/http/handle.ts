import type { Tx } from "#platform/database/transaction.ts";
import type { TableFile } from "#platform/files/table-file.ts";
import { AppError, AuthenticationError, AuthorizationError, NotFoundError, RateLimitError } from "#platform/errors.ts";
import type { RateLimit } from "#platform/rate-limit/limits.ts";
import type { Counted } from "#platform/rate-limit/store.ts";
import type { Services } from "#platform/services.ts";
import { authenticate } from "./authenticate.ts";
import type { ClientAddress } from "./client-address.ts";
import type { Context } from "./context.ts";
import { refuseCrossSite } from "./cross-site.ts";
import { encode, type Encoded, type Outgoing, send } from "./encode.ts";
import { type EventStream, sendEvents } from "./events-route.ts";
import { type Exchange, exchangeWith, type Handle } from "./exchange.ts";
import { claimKey, hashOfRequest, keepAnswer, readIdempotencyKey } from "./idempotency.ts";
import type { Importance } from "./overload.ts";
import { createPathPattern } from "./path-pattern.ts";
import { type Asked, readInput } from "./read-input.ts";
import type { AnyRoute } from "./route.ts";
import { answersDocument, sendDocument } from "./send-document.ts";
import { sendFile } from "./send-file.ts";

/** A route that answers by itself: a handler of web-standard requests, to be tested without a server or mounted anywhere. */
export type BoundRoute = AnyRoute & { handle: Handle };

/**
 * Gives a route the services that it needs to answer. The order: request id, client address, block list, shutdown and overload,
 * limits by address, cross-site check, session, role, limits by user, validation, then one transaction with the idempotency claim
 * and the handler, then the answer, checked against its schema. An error in any of it refuses.
 */
export function bindRoute(route: AnyRoute, services: Services): BoundRoute {
  const limits = services.limiter.limitsOf(route.rateLimit, `${route.method} ${route.path}`);
  const readPath = createPathPattern(route.path);
  const answer = async (exchange: Exchange) => {
    const params = readPath(belowApi(exchange.path));
    if (!params) throw nothingHere();
    if (!takes(route, exchange.request.method)) throw refusedMethod(exchange, allowOf([route.method]));
    const asked = { ...exchange, params };
    return await (route.requiresAuth === false
      ? answerPublic(route, services, asked, limits)
      : answerSignedIn(route, services, asked, limits));
  };
  return { ...route, handle: exchangeWith(services, answer, importanceOf(route)) };
}

/** An address without the prefix that names the API, and its version or not. */
const belowApi = (path: string) => path.replace(/^\/api(\/v1)?(?=\/)/, "");
const takes = (route: AnyRoute, method: string) => method === route.method || (method === "HEAD" && route.method === "GET");

/** The methods of an address, as `Allow` tells them. */
export const allowOf = (methods: readonly string[]): string =>
  [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].toSorted().join(", ");

export function refusedMethod({ headers }: Exchange, allow: string): AppError {
  headers["Allow"] = allow;
  return new AppError(`This address takes ${allow}`, { statusCode: 405, code: "METHOD_NOT_ALLOWED" });
}

export const nothingHere = () => new NotFoundError("There is nothing at this address");

const importanceOf = (route: AnyRoute): Importance => {
  if (route.requiresAuth === false && route.unlimited) return "health";
  return route.rateLimit === "AUTH" ? "signIn" : "normal";
};

/** How long what was found out about a caller counts while their body comes. */
const bodyMsMax = 1_000;

async function answerSignedIn(
  route: AnyRoute & { requiresAuth?: true },
  services: Services,
  exchange: Asked,
  limits: readonly RateLimit[],
): Promise<Outgoing> {
  const { request, headers } = exchange;
  // Who bears no session of ours is counted before anything is done for them.
  const tokenHash = services.sessions.read(request.headers.get("cookie"));
  if (!tokenHash) await limitAddress(services, exchange, limits);
  refuseCrossSite(request, services.settings.ownOrigins);
  const permitted = async () => {
    const caller = await signedIn(services, exchange, tokenHash, tokenHash && limits);
    requireRole(route, caller);
    if (route.operatorOnly) requireOperator(route, caller, services);
    return caller;
  };
  const first = await permitted();
  const permittedAt = performance.now();
  exchange.lap("session");
  const { tenantId, userId } = first;
  await services.limiter.admit(limits, { address: exchange.client.key, tenantId, userId }, headers);

  const input = await exchange.slot.whileWaiting(() => readInput(route, services, exchange));
  // Whoever takes their time over a body may have been shut out meanwhile.
  const context = performance.now() - permittedAt > bodyMsMax ? await permitted() : first;
  exchange.lap("input");
  const dryRun = (input.query as { dryRun?: boolean } | undefined)?.dryRun === true;
  const mode = route.transaction ?? (route.method === "GET" ? "read" : "write");
  // Opened by the handler itself where the route says so; the type of the handler cannot know.
  const run = (tx?: Tx) => route.handler({ ...input, context, tx: tx as Tx });
  if (route.answersFile) {
    const read = (tx: Tx) => run(tx) as Promise<TableFile>;
    return await sendFile(services, { tenantId: context.tenantId, label: route.path }, read, headers);
  }
  if (route.answersEvents) return sendEvents((await run()) as EventStream, headers);
  if (answersDocument(route)) return await sendDocument(route, await run(), headers);
  const work = async (tx?: Tx) => encode(route, await run(tx), dryRun);
  if (mode === "none") return send(await work(), request, headers);

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
  const how = { readOnly: mode !== "write", oneQuery: mode === "read-one", dryRun, repeatable: key !== undefined, label: route.path };
  const encoded = await services.database.withTenant(context.tenantId, once, how);
  exchange.lap("work");
  return send(encoded, request, headers);
}

async function answerPublic(
  route: AnyRoute & { requiresAuth: false },
  services: Services,
  exchange: Asked,
  limits: readonly RateLimit[],
): Promise<Outgoing> {
  const { request, headers } = exchange;
  const counted = route.unlimited
    ? undefined
    : await limitAddress(services, exchange, route.rateLimit === "AUTH" ? apiLimit(services) : limits);
  refuseCrossSite(request, services.settings.ownOrigins);
  const input = await exchange.slot.whileWaiting(() => readInput(route, services, exchange));
  const work = () => route.handler(input);
  if (route.rateLimit !== "AUTH") return send(encode(route, await work(), false), request, headers);

  // What is well-formed counts as an attempt instead: a shift that signs in behind one address is no flood.
  if (counted) await services.limiter.forgive(counted);
  const keys = [`address ${exchange.client.key}`];
  // Only a wrong guess counts: not that we are busy, nor a question back to someone whose password was right.
  const isFailure = (error: unknown) => error instanceof AuthenticationError;
  const attempt = () => services.attempts.run({ preset: "AUTH", keys, headers, isFailure }, work);
  return send(encode(route, await strikingOut(services, exchange.client, attempt), false), request, headers);
}

/** Counts who is not signed in, by their address. Throws `429`. */
async function limitAddress(services: Services, { client, headers }: Exchange, limits: readonly RateLimit[]): Promise<Counted> {
  return await strikingOut(services, client, () => services.limiter.admit(limits, { address: client.key }, headers));
}

/**
 * For what no route answers: counts by the session that is borne, whether it stands or not, so that what someone signed in asks in vain
 * neither uses up the requests of their address nor leads to its block; by address who bears none.
 */
export async function limitUnrouted(services: Services, exchange: Exchange): Promise<void> {
  const { client, request, headers } = exchange;
  const session = services.sessions.read(request.headers.get("cookie"))?.toString("base64url");
  if (session === undefined) await limitAddress(services, exchange, apiLimit(services));
  else await services.limiter.admit(apiLimit(services), { address: client.key, session }, headers);
}

const apiLimit = (services: Services): readonly RateLimit[] => services.limiter.limitsOf("API", "");

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
async function signedIn(
  services: Services,
  exchange: Exchange,
  tokenHash: Buffer | undefined,
  limits: readonly RateLimit[] | undefined,
): Promise<Context> {
  const { requestId, client } = exchange;
  try {
    const context = await authenticate(tokenHash, services, { requestId, ipAddress: client.ip });
    services.log.setContext({ userId: context.userId, tenantId: context.tenantId });
    return context;
  } catch (error) {
    if (limits && error instanceof AuthenticationError) await limitAddress(services, exchange, limits);
    throw error;
  }
}

/** What concerns every company is for none of them but the one that runs the installation. */
function requireOperator(route: AnyRoute, { tenantCode, log }: Context, { settings }: Services): void {
  if (settings.operatorTenant !== undefined && tenantCode === settings.operatorTenant) return;
  log.logSecurityEvent("A company asked for what concerns the whole installation", "medium", { route: `${route.method} ${route.path}` });
  throw new AuthorizationError("Another company runs this installation", "NOT_THE_OPERATOR");
}

function requireRole(route: AnyRoute & { requiresAuth?: true }, context: Context): void {
  if (route.roles.includes(context.role)) return;
  context.log.logSecurityEvent("A role asked for what it may not do", "low", {
    role: context.role,
    route: `${route.method} ${route.path}`,
  });
  throw new AuthorizationError();
}
