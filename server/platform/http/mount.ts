import type { HttpBindings } from "@hono/node-server";
import { type Context as HonoContext, Hono } from "hono";
import type { Services } from "#platform/services.ts";
import { answerPreflight } from "./cors.ts";
import { exchangeWith, type Peer } from "./exchange.ts";
import { allowOf, bindRoute, limitUnrouted, nothingHere, refusedMethod } from "./handle.ts";
import type { AnyRoute } from "./route.ts";
import type { ServeFile } from "./static-files.ts";

type Env = { Bindings: HttpBindings };

/** Serves every route under `/api/v1` and `/api`, what is missing as an error of ours, and everything else as a file or the app's page. */
export function mountRoutes(routes: readonly AnyRoute[], services: Services, serveFile: ServeFile): Hono<Env> {
  const app = new Hono<Env>({ strict: true });
  const methodsOf = new Map<string, string[]>();
  for (const route of routes) {
    const { handle } = bindRoute(route, services);
    const pattern = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    methodsOf.set(pattern, [...(methodsOf.get(pattern) ?? []), route.method]);
    for (const prefix of ["/api/v1", "/api"]) app.on(route.method, prefix + pattern, (c) => handle(c.req.raw, peerOf(c)));
  }
  // `/events/batch` before `/events/:id`, which it fits too.
  const fewestParametersFirst = [...methodsOf].toSorted(([a], [b]) => a.split(":").length - b.split(":").length);
  for (const [pattern, methods] of fewestParametersFirst) {
    const allow = allowOf(methods);
    const refuse = exchangeWith(services, async (exchange) => {
      await limitUnrouted(services, exchange);
      const preflight = answerPreflight(exchange, allow);
      if (!preflight) throw refusedMethod(exchange, allow);
      return preflight;
    });
    for (const prefix of ["/api/v1", "/api"]) app.all(prefix + pattern, (c) => refuse(c.req.raw, peerOf(c)));
  }

  const elsewhere = exchangeWith(services, async (exchange) => {
    const { path, request, headers } = exchange;
    const file = path === "/api" || path.startsWith("/api/") ? undefined : serveFile(request, path);
    if (file?.status !== 200) await limitUnrouted(services, exchange);
    if (!file) throw nothingHere();
    if (file.status === 405) throw refusedMethod(exchange, allowOf(["GET"]));
    const vary = [headers["Vary"], file.headers["Vary"]].filter((names) => names !== undefined).join(", ");
    Object.assign(headers, file.headers);
    if (vary !== "") headers["Vary"] = vary;
    return file;
  });
  app.notFound((c) => elsewhere(c.req.raw, peerOf(c)));
  app.onError(async (error, c) => {
    const fail = exchangeWith(services, async () => {
      throw error;
    });
    return await fail(c.req.raw, peerOf(c));
  });
  return app;
}

const peerOf = (c: HonoContext<Env>): Peer => ({ remoteAddress: c.env?.incoming?.socket?.remoteAddress });
