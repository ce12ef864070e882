import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createLogger, withLogContext, type LoggerOptions } from "./logger.ts";

interface Line {
  level: string;
  message: string;
  timestamp: string;
  context: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  duration?: number;
  error?: { name: string; message: string; code?: string; stack?: string; cause?: unknown };
}

function logged(level: LoggerOptions["level"] = "debug") {
  const texts: string[] = [];
  const log = createLogger({ level, destination: { write: (text) => void texts.push(text) } }, { service: "test" });
  const lines = () => texts.map((text) => JSON.parse(text) as Line);
  return { log, texts, lines };
}

test("a line is one JSON object: level as a word, message, timestamp, context, metadata", () => {
  const { log, lines, texts } = logged();
  log.warn("Careful", { sku: "A" });
  expect(texts).toHaveLength(1);
  expect(lines()[0]).toEqual({
    level: "warn",
    message: "Careful",
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    context: { service: "test" },
    metadata: { sku: "A" },
  });
});

test.each([
  ["debug", 5],
  ["info", 4],
  ["warn", 3],
  ["error", 2],
  ["fatal", 1],
  ["silent", 0],
] as const)("at %s, %i of the levels are written", (level, expected) => {
  const { log, texts } = logged(level);
  for (const write of [log.debug, log.info, log.warn, log.error, log.fatal]) write("x");
  expect(texts).toHaveLength(expected);
});

describe("a request's context", () => {
  test("follows by itself through every await, and reaches no other request", async () => {
    const { log, lines } = logged();
    const request = (requestId: string, ms: number) =>
      withLogContext({ requestId }, async () => {
        await sleep(ms);
        log.setContext({ userId: `user of ${requestId}` });
        await sleep(ms);
        log.info(requestId);
      });
    await Promise.all([request("a", 12), request("b", 4), request("c", 8)]);
    log.info("outside");
    for (const { message, context } of lines()) {
      expect(context).toEqual(
        message === "outside" ? { service: "test" } : { service: "test", requestId: message, userId: `user of ${message}` },
      );
    }
  });

  test("outside of a request there is nothing to set, and nothing breaks", () => {
    const { log, lines } = logged();
    log.setContext({ userId: "nobody" });
    log.child({ requestId: "child" }).info("x");
    expect(lines()[0]?.context).toEqual({ service: "test", requestId: "child" });
  });
});

describe("an error", () => {
  test("is told with name, message, code, stack and cause", () => {
    const { log, lines } = logged();
    log.error("Failed", new TypeError("outer", { cause: Object.assign(new Error("inner"), { code: "23505" }) }));
    expect(lines()[0]?.error).toMatchObject({
      name: "TypeError",
      message: "outer",
      stack: expect.stringContaining("logger.test.ts") as string,
      cause: { message: "inner", code: "23505" },
    });
  });
  test("that causes itself, or is none, does not stall the log", () => {
    const { log, lines } = logged();
    const endless = new Error("endless");
    endless.cause = endless;
    log.error("Failed", endless);
    log.error("Failed", "a text");
    log.error("Failed", undefined);
    log.error("Failed", null);
    expect(lines()).toHaveLength(4);
  });
  test("does not carry secrets out", () => {
    const { log, texts } = logged();
    log.error("Failed", new Error("connect postgres://app:s3cret@db/x"), { password: "s3cret" });
    expect(texts.join("")).not.toContain("s3cret");
  });
});

test("a line break or an escape code in a value forges no line and drives no terminal", () => {
  const { log, texts } = logged();
  log.info('x\n{"level":"fatal","message":"forged"}', { note: "a\r\nb\u001b[31m", ["k\ney"]: 1 });
  expect(texts).toHaveLength(1);
  expect(texts[0]?.trimEnd()).toMatch(/^[ -~]+$/);
});

test("requests, queries and security events have their own fields", () => {
  const { log, lines } = logged();
  log.logRequest("GET", "/api/v1/x", 200, 12.3);
  log.logRequest("GET", "/api/v1/x", 503, 1);
  log.logSecurityEvent("Guessing", "high", { account: "a" });
  log.slowQuery("SELECT 1", 2_000);
  expect(lines()).toMatchObject([
    { level: "info", message: "GET /api/v1/x 200", duration: 12.3, metadata: { method: "GET", path: "/api/v1/x", status: 200 } },
    { level: "error" },
    { level: "warn", metadata: { eventType: "security", severity: "high", account: "a" } },
    { level: "warn", message: "Slow query detected", duration: 2_000, metadata: { query: "SELECT 1" } },
  ]);
});
