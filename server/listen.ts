import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { serve } from "@hono/node-server";
import { AppError } from "#platform/errors.ts";
import { toErrorResponse } from "#platform/http/error-response.ts";
import { dataPolicy, securityHeaders } from "#platform/http/headers.ts";
import type { Services } from "#platform/services.ts";
import { createApp } from "./app.ts";
import type { Config } from "./config.ts";

const requestsInFlightMs = 30_000;

/** Serves until `drain` is called. Answers the port it got. */
export async function listen(config: Config, services: Services): Promise<{ port: number; drain(): Promise<void> }> {
  const app = createApp(services, config.webRoot);
  const server = await new Promise<Server>((resolve, reject) => {
    const started = serve({ fetch: app.fetch, hostname: config.host, port: config.port }, () => resolve(started)) as Server;
    started.once("error", reject);
  });
  // A client that is slow to send its headers or body, or idles, is cut off; a file to import may take its two minutes.
  server.headersTimeout = 15_000;
  server.requestTimeout = 120_000;
  server.keepAliveTimeout = 65_000;

  server.on("clientError", answerMalformed);

  return {
    port: (server.address() as AddressInfo).port,
    /** Ready turns to 503 at once; requests in flight finish, idle connections close. */
    drain: async () => {
      services.lifecycle.draining = true;
      await new Promise((done) => setTimeout(done, config.shutdownDelayMs));
      const closed = new Promise<void>((done) => void server.close(() => done()));
      server.closeIdleConnections();
      const impatient = setTimeout(() => server.closeAllConnections(), requestsInFlightMs);
      await closed;
      clearTimeout(impatient);
    },
  };
}

/** What is not even HTTP gets an error of the one shape too, and the connection's end. */
function answerMalformed(_error: Error, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const requestId = `req_${randomUUID().replaceAll("-", "")}`;
  const { status, body } = toErrorResponse(new AppError("The request is not valid HTTP", { statusCode: 400, code: "BAD_REQUEST" }), {
    path: "",
    requestId,
    accept: null,
    development: false,
  });
  const headers = {
    ...Object.fromEntries(securityHeaders({ production: false })),
    ...dataPolicy,
    "Content-Type": "application/json",
    "X-Request-Id": requestId,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(
    [`HTTP/1.1 ${status} Bad Request`, "Connection: close", `Content-Length: ${Buffer.byteLength(body)}`, ...lines, "", body].join("\r\n"),
  );
}
