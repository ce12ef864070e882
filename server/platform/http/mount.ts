import type { HttpBindings } from "@hono/node-server";
import { type Context as HonoContext, Hono } from "hono";
import { AppError, NotFoundError } from "#platform/errors.ts";
import { withLogContext } from "#platform/log-context.ts";
import type { Services } from "#platform/services.ts";
import type { Handle } from "./exchange.ts";
import { apiLimit, bindRoute, exchangeWith, limitAddress } from "./handle.ts";
import { requestIdOf } from "./request-id.ts";
import type { AnyRoute } from "./route.ts";

type Env = { Bindings: HttpBindings };

/** Serves every route under `/api/v1` and `/api`, what is missing as an error of ours, and everything else as a file or the app's page. */
export function mountRoutes(
  routes: readonly AnyRoute[],
  services: Services,
  serveFile: (request: Request, path: string) => Response | undefined,
): Hono<Env> {
  const app = new Hono<Env>({ strict: true });
  const methodsOf = new Map<string, string[]>();
  for (const route of routes) {
    const handle = bindRoute(route, services);
    const pattern = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    methodsOf.set(pattern, [...(methodsOf.get(pattern) ?? []), route.method]);
    for (const prefix of ["/api/v1", "/api"]) app.on(route.method, prefix + pattern, (c) => handle(c.req.raw, peerOf(c)));
  }
  // `/events/batch` before `/events/:id`, which it fits too.
  const fewestParametersFirst = [...methodsOf].toSorted(([a], [b]) => a.split(":").length - b.split(":").length);
  for (const [pattern, methods] of fewestParametersFirst) {
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].toSorted().join(", ");
    const refuse = exchangeWith(services, async (exchange) => {
      await limitAddress(services, exchange, apiLimit(services));
      exchange.headers["Allow"] = allow;
      throw new AppError(`This address takes ${allow}`, { statusCode: 405, code: "METHOD_NOT_ALLOWED" });
    });
    for (const prefix of ["/api/v1", "/api"]) app.all(prefix + pattern, (c) => refuse(c.req.raw, peerOf(c)));
  }

  const missing: Handle = exchangeWith(services, async (exchange) => {
    await limitAddress(services, exchange, apiLimit(services));
    throw new NotFoundError("There is nothing at this address");
  });
  app.notFound((c) => {
    const path = c.req.path;
    if (path === "/api" || path.startsWith("/api/")) return missing(c.req.raw, peerOf(c));
    const { ip: ipAddress, key, spared } = services.clientAddress({ headers: c.req.raw.headers, remoteAddress: peerOf(c).remoteAddress });
    if (!spared && services.ddosProtection.isBlocked(key)) return missing(c.req.raw, peerOf(c));
    const startedAt = performance.now();
    const response = serveFile(c.req.raw, path);
    if (!response) return missing(c.req.raw, peerOf(c));
    const requestId = requestIdOf(c.req.raw.headers);
    const duration = Math.round((performance.now() - startedAt) * 10) / 10;
    response.headers.set("X-Request-Id", requestId);
    response.headers.set("X-Response-Time", `${duration}ms`);
    withLogContext({ requestId, ipAddress }, () =>
      setImmediate(() => services.log.logRequest(c.req.method, path, response.status, duration)),
    );
    return response;
  });
  app.onError(async (error, c) => {
    const fail = exchangeWith(services, async () => {
      throw error;
    });
    return await fail(c.req.raw, peerOf(c));
  });
  return app;
}

const peerOf = (c: HonoContext<Env>) => ({
  remoteAddress: c.env?.incoming?.socket?.remoteAddress,
  params: c.req.param() as Record<string, string>,
});
