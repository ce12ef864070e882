import { AuthorizationError, RateLimitError } from "#platform/errors.ts";
import { withLogContext } from "#platform/log-context.ts";
import { setRefusalHeaders } from "#platform/rate-limit/rate-limit-headers.ts";
import type { Services } from "#platform/services.ts";
import type { ClientAddress } from "./client-address.ts";
import { allowOrigin } from "./cors.ts";
import type { Outgoing } from "./encode.ts";
import { toErrorResponse } from "./error-response.ts";
import { dataPolicy, securityHeaders } from "./headers.ts";
import { type Importance, OverloadError, type Slot } from "./overload.ts";
import { requestIdOf } from "./request-id.ts";
import { tellRefusal } from "./security-events.ts";

/** What the server knows of a request besides the request itself. */
export interface Peer {
  /** The socket's other end: a client, or a proxy. */
  remoteAddress?: string | undefined;
}

/** A web-standard handler: it always answers, and never throws. */
export type Handle = (request: Request, peer?: Peer) => Promise<Response>;

/** One request on its way: what is known of it so far, and the headers its answer will have. */
export interface Exchange {
  request: Request;
  /** Of its address, as it came: nothing in it is decoded. */
  path: string;
  client: ClientAddress;
  requestId: string;
  headers: Record<string, string>;
  /** Its share of what is worked on at once. */
  slot: Slot;
  /** Ends a part of the work, to be told in development how long it took. */
  lap(name: string): void;
}

/** Before it is let in. */
type Arrival = Omit<Exchange, "slot">;

/** What surrounds every answer, an error's too: request id, log context, headers, and the log line after it. */
export function exchangeWith(
  services: Services,
  answer: (exchange: Exchange) => Promise<Outgoing>,
  importance: Importance = "normal",
): Handle {
  const { settings, lifecycle, log } = services;
  const fixedHeaders = { ...Object.fromEntries(securityHeaders(settings)), ...dataPolicy, "API-Version": "1" };

  const respond = async (request: Request, remoteAddress: string | undefined, headers: Record<string, string>, requestId: string) => {
    const laps = createLaps(settings.production);
    const client = services.clientAddress({ headers: request.headers, remoteAddress });
    const userAgent = request.headers.get("user-agent")?.slice(0, 200);
    return await withLogContext({ requestId, ipAddress: client.ip, ...(userAgent ? { userAgent } : {}) }, async () => {
      const exchange: Arrival = { request, path: pathOf(request.url), client, requestId, headers, lap: laps.end };
      allowOrigin(exchange, settings.corsOrigins);
      const { status, body } = await letIn(services, exchange, importance, answer).catch((error: unknown) =>
        failed(error, services, exchange),
      );
      const duration = laps.total();
      headers["X-Response-Time"] = `${duration}ms`;
      if (!settings.production) headers["Server-Timing"] = laps.asHeader(duration);
      if (lifecycle.draining) headers["Connection"] = "close";
      // Once the answer is on its way: nobody waits for the log.
      setImmediate(() => log.logRequest(request.method, exchange.path, status, duration));
      const isWanted = request.method !== "HEAD";
      if (!isWanted && body instanceof ReadableStream) await body.cancel();
      return new Response(isWanted ? body : null, { status, headers });
    });
  };

  return async (request, { remoteAddress } = {}) => {
    const requestId = requestIdOf(request.headers);
    const headers: Record<string, string> = { ...fixedHeaders, "X-Request-Id": requestId };
    try {
      return await respond(request, remoteAddress, headers, requestId);
    } catch (error) {
      // What tells failures has failed itself: refused all the same.
      log.error("A request failed before it could be answered", error);
      const facts = { path: "", requestId, accept: null, development: false };
      const { status, headers: own, body } = toErrorResponse(undefined, facts);
      return new Response(body, { status, headers: { ...headers, ...own, "X-Response-Time": "0ms" } });
    }
  };
}

/** Before any other work: nobody who is blocked, and no more than can be answered. */
async function letIn(
  { ddosProtection, overload }: Services,
  exchange: Arrival,
  importance: Importance,
  answer: (exchange: Exchange) => Promise<Outgoing>,
): Promise<Outgoing> {
  const { key, spared } = exchange.client;
  if (!spared && ddosProtection.isBlocked(key)) {
    throw new AuthorizationError("Your IP has been temporarily blocked due to suspicious activity", "ADDRESS_BLOCKED");
  }
  const slot = overload.enter(importance);
  try {
    return await answer({ ...exchange, slot });
  } finally {
    slot.leave();
  }
}

function failed(error: unknown, services: Services, { request, path, requestId, headers }: Arrival): Outgoing {
  const answer = toErrorResponse(error, {
    path,
    requestId,
    accept: request.headers.get("accept"),
    development: !services.settings.production,
  });
  if (answer.status >= 500 && !(error instanceof OverloadError)) services.log.error("A request failed", error);
  tellRefusal(services, error, request);
  if (error instanceof RateLimitError && error.limit) setRefusalHeaders(headers, error.limit, error.retryAfterSeconds ?? 0);
  Object.assign(headers, answer.headers);
  return answer;
}

/** How long the whole took, and in development its parts. */
function createLaps(production: boolean) {
  const startedAt = performance.now();
  const parts: string[] = [];
  let lastEnd = startedAt;
  const tenths = (ms: number) => Math.round(ms * 10) / 10;
  return {
    end: (name: string) => {
      if (production) return;
      const now = performance.now();
      parts.push(`${name};dur=${tenths(now - lastEnd)}`);
      lastEnd = now;
    },
    total: () => tenths(performance.now() - startedAt),
    asHeader: (total: number) => [...parts, `total;dur=${total}`].join(", "),
  };
}

const pathOf = (url: string) => new URL(url).pathname;
