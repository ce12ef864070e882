import { entityTag, matchesTag } from "./etag.ts";
import { Answer, type AnyRoute } from "./route.ts";

/** An answer as it will be sent, and as it is kept for an Idempotency-Key. */
export interface Encoded {
  status: number;
  body: string;
  headers: Readonly<Record<string, string>>;
}

/** Checks a handler's result against the route's schema, which also drops what the schema does not name. */
export function encode(route: AnyRoute, result: unknown, dryRun: boolean): Encoded {
  const answer = result instanceof Answer ? result : new Answer(result);
  const status = dryRun ? 200 : (answer.status ?? route.status ?? 200);
  const parsed = route.response.safeParse(answer.data);
  // Our own mistake, not the client's: a 500 whose cause the log shows.
  if (!parsed.success) throw new Error(`The answer of ${route.method} ${route.path} does not fit its schema`, { cause: parsed.error });
  if (status === 204) return { status, body: "", headers: answer.headers };
  const body = JSON.stringify(parsed.data);
  const version = route.method === "GET" ? (parsed.data as { version?: unknown } | null)?.version : undefined;
  return { status, body, headers: typeof version === "number" ? { ...answer.headers, ETag: entityTag(version, body) } : answer.headers };
}

/** What goes out, its headers being in the exchange. */
export interface Outgoing {
  status: number;
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

/** The answer, or `304` when the client has it already. */
export function send({ status, body, headers: own }: Encoded, request: Request, headers: Record<string, string>): Outgoing {
  Object.assign(headers, own);
  if (own["ETag"] && matchesTag(request.headers.get("if-none-match"), own["ETag"])) return { status: 304, body: null };
  if (status === 204) return { status, body: null };
  headers["Content-Type"] = "application/json";
  return { status, body };
}
