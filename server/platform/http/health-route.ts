import { z } from "zod";
import { Health } from "#contract/health.ts";
import { withTimeout } from "#platform/resilience/timeout.ts";
import type { Services } from "#platform/services.ts";
import { authenticate } from "./authenticate.ts";
import { reportOf } from "./health-report.ts";
import { MiddlewarePresets } from "./presets.ts";
import { Answer } from "./route.ts";

// How long it may take to find out whether it is an Admin who asks.
const patienceMs = 1_000;

/** `live`: the process runs. `ready`: it can serve. Without a type: everything, details for loopback and Admins only. */
export const health = MiddlewarePresets.public({
  method: "GET",
  path: "/health",
  summary: "Is the server alive, ready, healthy?",
  unlimited: true,
  query: z.strictObject({ type: z.enum(["live", "ready"]).optional() }),
  response: Health,
  handler: async ({ query, services, request }) => {
    const timestamp = new Date().toISOString();
    if (query.type === "live") return { status: "healthy" as const, timestamp };
    const report = await reportOf(services);
    const { database, migrations } = report.checks;
    if (query.type === "ready") {
      const ready = database.status === "pass" && migrations.status === "pass" && !services.lifecycle.draining;
      return new Answer({ status: ready ? ("healthy" as const) : ("unhealthy" as const), timestamp }, { status: ready ? 200 : 503 });
    }
    // Who asks is known from the database only: while it does not answer, nobody waits for it.
    const mayKnow = request.isInsider || (database.status === "pass" && (await isAdmin(services, request)));
    const status = services.lifecycle.draining ? ("unhealthy" as const) : report.status;
    return new Answer(mayKnow ? { ...report, status } : { status, timestamp: report.timestamp }, {
      status: status === "unhealthy" ? 503 : 200,
    });
  },
});

async function isAdmin(services: Services, { raw, id, ipAddress }: { raw: Request; id: string; ipAddress: string }): Promise<boolean> {
  const tokenHash = services.sessions.read(raw.headers.get("cookie"));
  const asked = () => authenticate(tokenHash, services, { requestId: id, ipAddress });
  // Over the pool, which may be busy.
  const context = await withTimeout(asked, patienceMs).catch(() => undefined);
  return context?.role === "Admin";
}
