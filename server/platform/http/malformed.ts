import type { Duplex } from "node:stream";
import { AppError } from "#platform/errors.ts";
import type { Services } from "#platform/services.ts";
import { toErrorResponse } from "./error-response.ts";
import { dataPolicy, securityHeaders } from "./headers.ts";
import { newRequestId } from "./request-id.ts";

/** What is no valid HTTP request reaches no route, and is told so with an error of the one shape and the headers of every answer. */
export function createMalformedAnswers({ settings, log }: Services) {
  const answer = () => {
    const requestId = newRequestId();
    const { status, body } = toErrorResponse(new AppError("The request is not valid HTTP", { statusCode: 400, code: "BAD_REQUEST" }), {
      path: "",
      requestId,
      accept: null,
      development: false,
    });
    log.info("A request was not valid HTTP", { requestId, status });
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
      const { body, ...rest } = answer();
      return new Response(body, rest);
    },
    /** Straight to a connection whose bytes the parser gave up on, and its end. */
    end: (socket: Duplex): void => {
      if (!socket.writable) return void socket.destroy();
      const { status, body, headers } = answer();
      const lines = Object.entries({ ...headers, "Content-Length": Buffer.byteLength(body) }).map(([name, value]) => `${name}: ${value}`);
      socket.end([`HTTP/1.1 ${status} Bad Request`, ...lines, "", body].join("\r\n"));
    },
  };
}
