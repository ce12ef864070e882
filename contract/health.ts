import { z } from "zod";

export const checkStatuses = ["pass", "warn", "fail"] as const;
const Status = z.enum(checkStatuses);
export type CheckStatus = z.infer<typeof Status>;
const Check = z.object({ status: Status, message: z.string() });
const Checks = z.object({
  database: Check.extend({ responseTime: z.number() }),
  migrations: Check,
  redis: Check,
  memory: Check.extend({ details: z.object({ heapUsed: z.string(), heapTotal: z.string(), rss: z.string() }) }),
  circuitBreakers: z.record(
    z.string(),
    z.object({ status: Status, state: z.enum(["CLOSED", "OPEN", "HALF_OPEN"]), failureCount: z.int() }),
  ),
  logSinks: z
    .record(z.string(), z.object({ waiting: z.int(), waitingBytes: z.int(), sent: z.int(), dropped: z.int() }))
    .meta({ description: "Lines waiting for, taken by and lost to each service that gets a copy of the log" }),
  rateLimits: z.object({ totalKeys: z.int(), totalRequests: z.int(), refused: z.int() }),
  jobs: z.object({ waiting: z.int(), failed: z.int() }).optional().meta({ description: "Not told while the database does not answer" }),
});
export type Checks = z.infer<typeof Checks>;

export const Health = z
  .object({
    status: z.enum(["healthy", "degraded", "unhealthy"]),
    timestamp: z.iso.datetime(),
    uptime: z.int().optional(),
    version: z.string().optional(),
    checks: Checks.optional(),
    metadata: z.object({ environment: z.string(), nodeVersion: z.string(), platform: z.string() }).optional(),
  })
  .meta({ id: "Health" });
export type Health = z.infer<typeof Health>;
