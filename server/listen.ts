import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createMalformedAnswers } from "#platform/http/malformed.ts";
import type { Services } from "#platform/services.ts";
import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { closeWhenAnswered, cutOffWhoIsSlow, lingerAfterAnswer, type Patience, refuseInTurn } from "./connections.ts";

interface ClientLimits extends Patience {
  /** From the connection's first byte, or the end of its last request, to the end of the headers. */
  headersMs: number;
}
/** Each of them ends well within 30 s. */
const clientLimits: ClientLimits = { headersMs: 15_000, patienceMs: 20_000, bytesPerSecond: 500 };

/** Serves until `drain` is called. Answers the port it got. */
export async function listen(
  config: Config,
  services: Services,
  { headersMs, ...patience }: ClientLimits = clientLimits,
): Promise<{ port: number; drain: () => Promise<void> }> {
  const app = createApp(services, config.webRoot);
  const malformed = createMalformedAnswers(services);
  const answer = getRequestListener(
    async (request, bindings) => {
      const answered = isUnclearHost(bindings.incoming) ? malformed.respond() : await app.fetch(request, bindings);
      // Refused before its body was read. What is left of a short one is read and dropped; of a long one nobody waits for the end.
      if (hasLongBody(bindings.incoming) && !bindings.incoming.complete) {
        answered.headers.set("Connection", "close");
        lingerAfterAnswer(bindings.incoming.socket);
      }
      return answered;
    },
    // A host or an address that makes no URL. HTTP/1.0, which health checks still speak, may come without any host.
    { hostname: "localhost", errorHandler: () => malformed.respond() },
  );
  // Node would refuse a missing Host by itself, without a word.
  const server = createServer({ requireHostHeader: false, connectionsCheckingInterval: headersMs / 5 }, (request, response) => {
    // Over a connection that was said to close nothing more is done: nobody would hear of it.
    if (!request.socket.writableEnded) void answer(request, response);
  });
  server.listen(config.port, config.host);
  await once(server, "listening");
  // A file to import may take its two minutes, if it keeps coming.
  server.headersTimeout = headersMs;
  server.requestTimeout = 120_000;
  server.keepAliveTimeout = 65_000;
  cutOffWhoIsSlow(server, patience);
  closeWhenAnswered(server);
  refuseInTurn(server, malformed.end);
  // Node would refuse an expectation that it does not know, without a word; it may as well be ignored (RFC 9110, 10.1.1).
  server.on("checkExpectation", (request, response) => void server.emit("request", request, response));

  return {
    port: (server.address() as AddressInfo).port,
    /** Ready turns to 503 at once; requests in flight finish, idle connections close. */
    drain: async () => {
      services.lifecycle.draining = true;
      await new Promise((done) => setTimeout(done, config.shutdownDelayMs));
      services.live.close();
      const closed = new Promise<void>((done) => void server.close(() => done()));
      const impatient = setTimeout(() => server.closeAllConnections(), config.requestsInFlightMs);
      await closed;
      clearTimeout(impatient);
    },
  };
}

const shortBodyBytes = 64 * 1_024;
const hasLongBody = ({ headers }: Pick<IncomingMessage, "headers">) =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > shortBodyBytes;

/** HTTP/1.1 requires one. Of two, Node would drop the second, and a proxy before us perhaps the first (RFC 9112, 3.2). */
function isUnclearHost({ rawHeaders, httpVersion }: Pick<IncomingMessage, "rawHeaders" | "httpVersion">): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.length === 4 && name.toLowerCase() === "host").length;
  return hosts > 1 || (hosts === 0 && httpVersion === "1.1");
}
