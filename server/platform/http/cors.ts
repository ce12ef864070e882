import type { Outgoing } from "./encode.ts";
import type { Exchange } from "./exchange.ts";

// Closed to other origins, unless the settings name some (the Fetch standard, CORS protocol).

const mayBeSent = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, traceparent";
const mayBeRead =
  "API-Version, Allow, ETag, Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, X-Response-Time";
const preflightSeconds = "600";

type Asking = Pick<Exchange, "request" | "headers">;

/** Says on an answer, a refusal's too, that the page of a named origin may read it; to any other origin nothing. */
export function allowOrigin({ request, headers }: Asking, origins: ReadonlySet<string>): void {
  if (origins.size === 0) return;
  // A cache must not give one origin the answer to another.
  headers["Vary"] = "Origin";
  const origin = request.headers.get("origin");
  if (origin === null || !origins.has(origin)) return;
  headers["Access-Control-Allow-Origin"] = origin;
  headers["Access-Control-Allow-Credentials"] = "true";
  headers["Access-Control-Expose-Headers"] = mayBeRead;
}

/**
 * The answer to a browser that asks, for a page of a named origin, whether it may send a request; undefined when it is not that.
 * It opens nothing that the cross-site check refuses: with a cookie of ours such a page reads, and changes nothing.
 */
export function answerPreflight({ request, headers }: Asking, methods: string): Outgoing | undefined {
  const asks = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  if (!asks || !headers["Access-Control-Allow-Origin"]) return undefined;
  headers["Vary"] = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
  headers["Access-Control-Allow-Methods"] = methods;
  headers["Access-Control-Allow-Headers"] = mayBeSent;
  headers["Access-Control-Max-Age"] = preflightSeconds;
  return { status: 204, body: null };
}
