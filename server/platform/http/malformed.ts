import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { AppError } from "#platform/errors.ts";
import type { Services } from "#platform/services.ts";
import { toErrorResponse } from "./error-response.ts";
import { dataPolicy, securityHeaders } from "./headers.ts";
import { newRequestId } from "./request-id.ts";

const notValid = { message: "The request is not valid HTTP", statusCode: 400, code: "BAD_REQUEST" };
/** By what Node calls them. */
const refusals: Readonly<Record<string, typeof notValid>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { message: "The request took too long to arrive", statusCode: 408, code: "REQUEST_TIMEOUT" },
  HPE_HEADER_OVERFLOW: { message: "The address and the headers of the request are too long", statusCode: 431, code: "HEADERS_TOO_LARGE" },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { message: "The body is larger than it may be", statusCode: 413, code: "BODY_TOO_LARGE" },
};

/** What is no valid HTTP request reaches no route, and is told so with an error of the one shape and the headers of every answer. */
export function createMalformedAnswers({ settings, log }: Services) {
  const answer = ({ message, ...facts }: { message: string; statusCode: number; code: string }) => {
    const requestId = newRequestId();
    const { status, body } = toErrorResponse(new AppError(message, facts), { path: "", requestId, accept: null, development: false });
    log.info("A request was not answered by any route", { requestId, status, reason: message });
    const headers = {
      ...Object.fromEntries(securityHeaders(settings)),
      ...dataPolicy,
      "API-Version": "1",
      "X-Request-Id": requestId,
      "X-Response-Time": "0ms",
      "Content-Type": "application/json",
      Connection: "close",
    };
    return { status, body, headers };
  };

  return {
    respond: (): Response => {
      const { body, ...rest } = answer(notValid);
      return new Response(body, rest);
    },
    /** Straight to a connection whose bytes the parser gave up on, or came too slowly, and its end. */
    end: (socket: Duplex, reason: string): void => {
      if (!socket.writable) return void socket.destroy();
      const { status, body, headers } = answer(refusals[reason] ?? notValid);
      const lines = Object.entries({ ...headers, "Content-Length": Buffer.byteLength(body) }).map(([name, value]) => `${name}: ${value}`);
      socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", body].join("\r\n"));
    },
  };
}
