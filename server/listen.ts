import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
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
