import { describe, expect, test } from "vitest";
import { memoryCheck, statusOf } from "./health-report.ts";

const well = {
  database: { status: "pass", responseTime: 1, message: "" },
  migrations: { status: "pass", message: "" },
  redis: { status: "pass", message: "" },
  memory: memoryCheck({ heapUsed: 1, heapTotal: 2, rss: 3 }, 100),
  circuitBreakers: { mail: { status: "pass", state: "CLOSED", failureCount: 4 } },
} as const;
type Checks = Parameters<typeof statusOf>[0];

describe("the whole is", () => {
  const tight = memoryCheck({ heapUsed: 99, heapTotal: 100, rss: 1_000 }, 100);
  test.each<[string, string, Partial<Checks>, boolean]>([
    ["healthy", "everything is well", {}, false],
    ["unhealthy", "the database does not answer", { database: { ...well.database, status: "fail" } }, false],
    ["unhealthy", "a shutdown has begun", {}, true],
    ["degraded", "a migration is not in", { migrations: { status: "fail", message: "" } }, false],
    ["degraded", "Redis is away", { redis: { status: "warn", message: "" } }, false],
    ["degraded", "memory is tight: that alone stops nothing", { memory: tight }, false],
    ["degraded", "a service is cut off", { circuitBreakers: { mail: { status: "warn", state: "OPEN", failureCount: 5 } } }, false],
    ["healthy", "a service is tried again", { circuitBreakers: { mail: { status: "warn", state: "HALF_OPEN", failureCount: 0 } } }, false],
    [
      "unhealthy",
      "the database does not answer, besides all the rest",
      { database: { ...well.database, status: "fail" }, memory: tight },
      false,
    ],
  ])("%s when %s", (expected, _, checks, draining) => {
    expect(statusOf({ ...well, ...checks }, { draining })).toBe(expected);
  });
});

describe("memory is judged by the share of what V8 may take in the end", () => {
  const megabyte = 1024 * 1024;
  test("and not of what it has taken", () => {
    const full = { heapUsed: 456.78 * megabyte, heapTotal: 457 * megabyte, rss: 900 * megabyte };
    expect(memoryCheck(full, 1009.8 * megabyte)).toEqual({
      status: "pass",
      message: "Heap usage: 45.23%",
      details: { heapUsed: "456.78 MB", heapTotal: "457.00 MB", rss: "900.00 MB" },
    });
  });
  test.each([
    [90, "pass"],
    [90.1, "warn"],
    [100, "warn"],
  ])("%d of 100 is %s", (heapUsed, expected) => {
    expect(memoryCheck({ heapUsed, heapTotal: heapUsed, rss: heapUsed }, 100).status).toBe(expected);
  });
});
