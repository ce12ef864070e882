import { getHeapStatistics } from "node:v8";
import { z } from "zod";
import type { RedisHealth } from "#platform/redis-watch.ts";
import type { Services } from "#platform/services.ts";
import { authenticate } from "./authenticate.ts";
import { MiddlewarePresets } from "./presets.ts";
import { Answer } from "./route.ts";

const Status = z.enum(["pass", "warn", "fail"]);
const Health = z
  .object({
    status: z.enum(["healthy", "degraded", "unhealthy"]),
    timestamp: z.iso.datetime(),
    uptime: z.number().optional(),
    version: z.string().optional(),
    checks: z
      .object({
        database: z.object({ status: Status, responseTime: z.number(), message: z.string() }),
        migrations: z.object({ status: Status, message: z.string() }),
        redis: z.object({ status: Status, message: z.string() }),
        memory: z.object({ status: Status, message: z.string(), details: z.record(z.string(), z.string()) }),
        circuitBreakers: z.record(
          z.string(),
          z.object({ status: Status, state: z.enum(["CLOSED", "OPEN", "HALF_OPEN"]), failureCount: z.int() }),
        ),
        logSinks: z
          .record(z.string(), z.object({ waiting: z.int(), waitingBytes: z.int(), sent: z.int(), dropped: z.int() }))
          .meta({ description: "Lines waiting for, taken by and lost to each service that gets a copy of the log" }),
        rateLimits: z.object({ totalKeys: z.int(), totalRequests: z.int(), refused: z.int() }),
      })
      .optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: "Health" });
type Health = z.infer<typeof Health>;

const secondMs = 1_000;

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
    if (query.type === "ready") {
      const ready = report.checks?.database.status === "pass" && report.checks.migrations.status === "pass" && !services.lifecycle.draining;
      return new Answer({ status: ready ? ("healthy" as const) : ("unhealthy" as const), timestamp }, { status: ready ? 200 : 503 });
    }
    const answer = (await mayKnow(services, request)) ? report : { status: report.status, timestamp };
    return new Answer(answer, { status: report.status === "unhealthy" ? 503 : 200 });
  },
});

interface Asking {
  raw: Request;
  id: string;
  ipAddress: string;
  isInsider: boolean;
}

async function mayKnow(services: Services, { raw, id, ipAddress, isInsider }: Asking): Promise<boolean> {
  if (isInsider) return true;
  const context = await authenticate(raw, services, { requestId: id, ipAddress }).catch(() => undefined);
  return context?.role === "Admin";
}

const reports = new WeakMap<Services, { at: number; report: Promise<Health> }>();

/** Made at most once a second, however often it is asked for. */
function reportOf(services: Services): Promise<Health> {
  const known = reports.get(services);
  if (known && performance.now() - known.at < secondMs) return known.report;
  const report = makeReport(services);
  reports.set(services, { at: performance.now(), report });
  return report;
}

async function makeReport(services: Services): Promise<Health> {
  const database = await services.databaseHealth();
  const pending = database.healthy
    ? await services.pendingMigrations().catch((error: unknown) => [error instanceof Error ? error.message : "unknown"])
    : ["unknown, for the database does not answer"];
  const { totalKeys, totalRequests, refused } = await services.limiter.getRateLimitStats();
  const redis = redisCheck(services.redisHealth?.());
  const memory = process.memoryUsage();
  const share = (memory.heapUsed / getHeapStatistics().heap_size_limit) * 100;
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(2)} MB`;
  const tight = share > 90;
  const breakers = Object.entries(services.circuitBreakers.getHealthStatus());
  const cutOff = breakers.some(([, { state }]) => state === "OPEN");
  return {
    status:
      !database.healthy || services.lifecycle.draining
        ? "unhealthy"
        : tight || cutOff || redis.status === "warn" || pending.length > 0
          ? "degraded"
          : "healthy",
    timestamp: new Date().toISOString(),
    uptime: Math.round(process.uptime() * 1_000),
    version: services.settings.version,
    checks: {
      database: {
        status: database.healthy ? "pass" : "fail",
        responseTime: database.responseTime,
        message: database.healthy ? "Database healthy" : `Database unreachable: ${database.error ?? "no answer"}`,
      },
      migrations: {
        status: pending.length === 0 ? "pass" : "fail",
        message: pending.length === 0 ? "Schema is current" : `Not applied: ${pending.join(", ")}`,
      },
      redis,
      memory: {
        status: tight ? "warn" : "pass",
        message: `Heap usage: ${share.toFixed(2)}%`,
        details: { heapUsed: megabytes(memory.heapUsed), heapTotal: megabytes(memory.heapTotal), rss: megabytes(memory.rss) },
      },
      circuitBreakers: Object.fromEntries(
        breakers.map(([name, { state, failureCount }]) => [
          name,
          { status: state === "CLOSED" ? ("pass" as const) : ("warn" as const), state, failureCount },
        ]),
      ),
      logSinks: services.logSinks.statistics(),
      rateLimits: { totalKeys, totalRequests, refused },
    },
    metadata: { environment: services.settings.environment, nodeVersion: process.version, platform: process.platform },
  };
}

/** Never unready for it: what is shared is then counted by each process, and nothing else needs it. */
function redisCheck(redis: RedisHealth | undefined): { status: "pass" | "warn"; message: string } {
  if (!redis) return { status: "pass", message: "Not set up" };
  return redis.up ? { status: "pass", message: "Redis healthy" } : { status: "warn", message: `Redis is away: ${redis.reason}` };
}
