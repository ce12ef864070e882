import { randomUUID } from "node:crypto";

/** An id for a request that brings none. */
export const newRequestId = (): string => `req_${randomUUID().replaceAll("-", "")}`;

const wellFormedId = /^[\w.:-]{8,128}$/;
// version-traceid-parentid-flags; a later version may append more (W3C Trace Context, 4.3).
const traceparent = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/**
 * What a request is called, here and in the log: the trace it belongs to, where a `traceparent` names one; else its own
 * `X-Request-Id`, if well-formed; else a new one.
 */
export function requestIdOf(headers: Headers): string {
  const [, version, traceId, more] = traceparent.exec(headers.get("traceparent")?.slice(0, 512) ?? "") ?? [];
  if (traceId !== undefined && (more === undefined || version !== "00")) return traceId;
  const given = headers.get("x-request-id");
  return given !== null && wellFormedId.test(given) ? given : newRequestId();
}
