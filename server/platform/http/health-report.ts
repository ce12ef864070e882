import { getHeapStatistics } from "node:v8";
import type { z } from "zod";
import type { Checks, Health } from "#contract/health.ts";
import type { DatabaseHealth } from "#platform/database/health.ts";
import type { RedisHealth } from "#platform/redis-watch.ts";
import type { JobFigures, Services } from "#platform/services.ts";

type Told = z.infer<typeof Health>;
export type HealthReport = { [name in keyof Told]-?: Exclude<Told[name], undefined> };

const secondMs = 1_000;
const reports = new WeakMap<Services["lifecycle"], { at: number; report: Promise<HealthReport> }>();

/** What health knows, looked at anew at most once a second, however often it is asked for. */
export function reportOf(services: Services): Promise<HealthReport> {
  const known = reports.get(services.lifecycle);
  if (known && performance.now() - known.at < secondMs) return known.report;
  const report = makeReport(services);
  reports.set(services.lifecycle, { at: performance.now(), report });
  return report;
}

async function makeReport(services: Services): Promise<HealthReport> {
  // Together, within the time of one: they share a connection that is nobody else's.
  const [health, pending, [jobs]] = await Promise.all([
    services.checkDatabaseHealth(),
    pendingMigrations(services),
    Promise.allSettled([services.countJobs()]),
  ]);
  const database = databaseCheck(health);
  const checks: Checks = {
    database,
    migrations: migrationCheck(pending, health.healthy),
    redis: redisCheck(services.redisHealth?.()),
    memory: memoryCheck(process.memoryUsage(), getHeapStatistics().heap_size_limit),
    circuitBreakers: breakerChecks(services),
    logSinks: services.logSinks.statistics(),
    rateLimits: await limitFigures(services),
    jobs: health.healthy ? jobFigures(services, jobs) : undefined,
  };
  return {
    status: statusOf(checks, services.lifecycle),
    timestamp: new Date().toISOString(),
    uptime: Math.round(process.uptime() * 1_000),
    version: services.settings.version,
    checks,
    metadata: { environment: services.settings.environment, nodeVersion: process.version, platform: process.platform },
  };
}

/** Only the database and a shutdown make it unhealthy: what all processes share must not take all of them out of service. */
export function statusOf(
  {
    database,
    migrations,
    redis,
    memory,
    circuitBreakers,
  }: Pick<Checks, "database" | "migrations" | "redis" | "memory" | "circuitBreakers">,
  { draining }: { draining: boolean },
): HealthReport["status"] {
  if (database.status === "fail" || draining) return "unhealthy";
  const isCutOff = Object.values(circuitBreakers).some(({ state }) => state === "OPEN");
  return isCutOff || [migrations, redis, memory].some(({ status }) => status !== "pass") ? "degraded" : "healthy";
}

const databaseCheck = ({ healthy, responseTime, error = "no answer" }: DatabaseHealth): Checks["database"] => ({
  status: healthy ? "pass" : "fail",
  responseTime,
  message: healthy ? "Database healthy" : `Database unreachable: ${error}`,
});

const pendingMigrations = (services: Services): Promise<readonly string[]> =>
  services.pendingMigrations().catch((error: unknown) => [error instanceof Error ? error.message : "unknown"]);

function migrationCheck(pending: readonly string[], databaseAnswers: boolean): Checks["migrations"] {
  if (!databaseAnswers) return { status: "fail", message: "Not applied: unknown, for the database does not answer" };
  return pending.length === 0
    ? { status: "pass", message: "Schema is current" }
    : { status: "fail", message: `Not applied: ${pending.join(", ")}` };
}

const redisCheck = (redis: RedisHealth | undefined): Checks["redis"] => {
  if (!redis) return { status: "pass", message: "Not set up" };
  return redis.up ? { status: "pass", message: "Redis healthy" } : { status: "warn", message: `Redis is away: ${redis.reason}` };
};

/** Against what V8 may take in the end: `heapTotal` grows as it is needed, and would always look full. */
export function memoryCheck(memory: Pick<NodeJS.MemoryUsage, "heapUsed" | "heapTotal" | "rss">, heapLimit: number): Checks["memory"] {
  const share = (memory.heapUsed / heapLimit) * 100;
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(2)} MB`;
  return {
    status: share > 90 ? "warn" : "pass",
    message: `Heap usage: ${share.toFixed(2)}%`,
    details: { heapUsed: megabytes(memory.heapUsed), heapTotal: megabytes(memory.heapTotal), rss: megabytes(memory.rss) },
  };
}

const breakerChecks = ({ circuitBreakers }: Services): Checks["circuitBreakers"] =>
  Object.fromEntries(
    Object.entries(circuitBreakers.getHealthStatus()).map(([name, { state, failureCount }]) => [
      name,
      { status: state === "CLOSED" ? "pass" : "warn", state, failureCount },
    ]),
  );

async function limitFigures({ limiter }: Services): Promise<Checks["rateLimits"]> {
  const { totalKeys, totalRequests, refused } = await limiter.getRateLimitStats();
  return { totalKeys, totalRequests, refused };
}

/** A queue that cannot be asked is no reason to be told nothing. */
function jobFigures({ log }: Services, told: PromiseSettledResult<JobFigures | undefined>): JobFigures | undefined {
  if (told.status === "fulfilled") return told.value;
  log.warn("The jobs could not be counted", { reason: String(told.reason) });
  return undefined;
}
