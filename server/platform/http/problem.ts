import { STATUS_CODES } from "node:http";
import type { ErrorBody } from "#contract/errors.ts";

// Codes that say no more than their status does: RFC 9457 (4.2.1) has `about:blank` for them.
const plain = new Set([
  "BAD_REQUEST",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "METHOD_NOT_ALLOWED",
  "BODY_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "INTERNAL_ERROR",
  "SERVICE_UNAVAILABLE",
]);

// Registered by draft-ietf-httpapi-ratelimit-headers.
const registered = "https://iana.org/assignments/http-problem-types#";
const registeredTypes: Readonly<Record<string, readonly [fragment: string, title: string]>> = {
  RATE_LIMITED: ["quota-exceeded", "Request cannot be satisfied as assigned quota has been exceeded"],
  BUSY: ["temporary-reduced-capacity", "Request cannot be satisfied due to temporary server capacity constraints"],
  DATABASE_BUSY: ["temporary-reduced-capacity", "Request cannot be satisfied due to temporary server capacity constraints"],
  OVERLOADED: ["temporary-reduced-capacity", "Request cannot be satisfied due to temporary server capacity constraints"],
  ADDRESS_BLOCKED: ["abnormal-usage-detected", "Request not satisfied due to detection of abnormal request pattern"],
};

/** The facts of an error as RFC 9457 names them; those of ours that it does not know stay beside them as extensions. */
export function toProblem({ error: { message, statusCode, path, ...ours } }: ErrorBody): Record<string, unknown> {
  return { ...typeOf(ours.code, statusCode), status: statusCode, detail: message, instance: path, ...ours };
}

/** What does not differ from occurrence to occurrence. */
function typeOf(code: string, statusCode: number): { type: string; title: string } {
  const known = registeredTypes[code];
  if (known) return { type: registered + known[0], title: known[1] };
  if (plain.has(code)) return { type: "about:blank", title: STATUS_CODES[statusCode] ?? "Error" };
  const words = code.toLowerCase().replaceAll("_", " ");
  return {
    type: `urn:problem-type:warehouse-builder:${words.replaceAll(" ", "-")}`,
    title: words.charAt(0).toUpperCase() + words.slice(1),
  };
}

/**
 * Whether a client that sends this Accept header would rather have `application/problem+json` than `application/json` (RFC 9110,
 * 12.5.1). Only who names it gets it: a wildcard is what everyone sends.
 */
export function prefersProblem(accept: string | null): boolean {
  if (accept === null || !/problem\+json/i.test(accept)) return false;
  const weights = new Map(accept.split(",").map(weightOf));
  const problem = weights.get("application/problem+json") ?? 0;
  const json = weights.get("application/json") ?? weights.get("application/*") ?? weights.get("*/*") ?? 0;
  return problem > 0 && problem >= json;
}

/** A weight that is none takes no part. */
function weightOf(range: string): [type: string, weight: number] {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  if (given === undefined) return [type, 1];
  return [type, /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(given) ? Number(given) : 0];
}
