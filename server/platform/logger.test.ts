import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { prettyFactory } from "pino-pretty";
import { withLogContext } from "./log-context.ts";
import { createLogger, type LoggerOptions, type LogSink, prettyOptions } from "./logger.ts";

interface Line {
  level: string;
  message: string;
  timestamp: string;
  context: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  duration?: number;
  error?: { name: string; message: string; code?: string; stack?: string; cause?: unknown };
}

function logged(level: LoggerOptions["level"] = "debug", sinks: readonly LogSink[] = []) {
  const texts: string[] = [];
  const log = createLogger({ level, sinks, destination: { write: (text) => void texts.push(text) } }, { service: "test" });
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

  test("of 100 that run at once, each keeps to its own through timers, promises and what it starts", async () => {
    const { log, lines } = logged();
    const request = (id: number) =>
      withLogContext({ requestId: `r${id}` }, async () => {
        for (let step = 0; step < 5; step++) {
          await (step % 2 === 0 ? sleep((id * 7 + step) % 5) : Promise.all([sleep(1), Promise.resolve()]));
          log.setContext({ userId: `u${id}`, [`only${id}`]: "here" });
          log.child({ step: String(step) }).info(`r${id}`);
        }
        setImmediate(() => log.info(`r${id}`));
        await sleep(2);
      });
    await Promise.all(Array.from({ length: 100 }, (_, id) => request(id)));
    expect(lines()).toHaveLength(600);
    for (const { message, context } of lines()) {
      const id = message.slice(1);
      const { step: _, ...rest } = context;
      expect(rest).toEqual({ service: "test", requestId: message, userId: `u${id}`, [`only${id}`]: "here" });
    }
  });

  test("one within another has its own, and leaves the outer one's as it was", () => {
    const { log, lines } = logged();
    const given = { requestId: "outer" };
    withLogContext(given, () => {
      withLogContext({ requestId: "inner" }, () => log.setContext({ userId: "inner" }));
      log.setContext({ tenantId: "t" });
      log.info("x");
    });
    expect(lines()[0]?.context).toEqual({ service: "test", requestId: "outer", tenantId: "t" });
    expect(given).toEqual({ requestId: "outer" });
  });

  test("goes before what a logger says of itself, and a child says what its parents say", () => {
    const { log, lines } = logged();
    const child = log.child({ a: "1", requestId: "own" }).child({ b: "2" });
    withLogContext({ requestId: "request" }, () => child.info("x"));
    child.info("y");
    expect(lines().map(({ context }) => context)).toEqual([
      { service: "test", a: "1", b: "2", requestId: "request" },
      { service: "test", a: "1", b: "2", requestId: "own" },
    ]);
  });

  test("is redacted like all else", () => {
    const { log, texts } = logged();
    withLogContext({ userAgent: "curl token=hidden", sessionToken: "hidden" }, () => log.info("x"));
    expect(texts[0]).not.toContain("hidden");
  });

  test("that grows is told as it is, also by a logger that says nothing of itself", () => {
    const kept: string[] = [];
    const log = createLogger({ level: "info", destination: { write: (line) => void kept.push(line) } });
    withLogContext({ requestId: "r" }, () => {
      log.info("before");
      log.setContext({ userId: "u" });
      log.info("after");
    });
    expect(kept.map((line) => (JSON.parse(line) as { context: unknown }).context)).toEqual([
      { requestId: "r" },
      { requestId: "r", userId: "u" },
    ]);
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

describe("a value forges no line and drives no terminal", () => {
  const forged = '\n{"level":"fatal","message":"forged"}';
  const hostile = `x${forged}\r\u001b[2J\u009b31m\u0007\u0008\u202e\u2028","level":"fatal`;
  const everywhere = (log: ReturnType<typeof logged>["log"]) =>
    withLogContext({ requestId: hostile, userAgent: hostile }, () => {
      log.error(hostile, Object.assign(new Error(hostile), { [hostile]: hostile }), {
        note: hostile,
        [hostile]: [hostile],
        map: new Map([[hostile, hostile]]),
      });
      log.logRequest(hostile, hostile, 200, 1, { hostile });
      log.logSecurityEvent(hostile, "low", { hostile });
      log.logQuery(hostile, hostile, 1);
    });

  test("as JSON: each line is one object, of printable characters alone", () => {
    const { log, texts, lines } = logged();
    everywhere(log);
    expect(texts).toHaveLength(4);
    for (const text of texts) {
      expect(text.endsWith("}\n")).toBe(true);
      expect(text.slice(0, -1)).toMatch(/^[ -~…]+$/);
    }
    expect(lines().map(({ level }) => level)).toEqual(["error", "info", "info", "info"]);
  });

  test("in a terminal: no escape code but the colours' own, and no line begins as one of ours does", () => {
    const { log, texts } = logged();
    everywhere(log);
    const pretty = prettyFactory({ ...prettyOptions, colorize: false });
    const shown = texts.map((text) => pretty(text)).join("");
    // oxlint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
    const beginnings = shown.split("\n").filter((line) => /^\[|^\{/.test(line));
    expect(beginnings).toHaveLength(4);
  });
});

test("what would be more than a line can hold is cut", () => {
  const { log, texts } = logged();
  const huge = "x".repeat(1_000_000);
  log.error(huge, new Error(huge, { cause: new Error(huge) }), { huge, list: Array.from({ length: 10_000 }, () => huge) });
  log.logRequest("GET", `/${huge}`, 200, 1);
  expect(texts.map(({ length }) => length < 300_000)).toEqual([true, true]);
});

describe("the six kinds of event have their own fields", () => {
  const last = (write: (log: ReturnType<typeof logged>["log"]) => void) => {
    const { log, lines } = logged();
    write(log);
    return lines()[0];
  };
  test.each([
    ["low", "info"],
    ["medium", "warn"],
    ["high", "error"],
    ["critical", "fatal"],
  ] as const)("logSecurityEvent: %s is written as %s", (severity, level) => {
    expect(last((log) => log.logSecurityEvent("Guessing", severity, { account: "a", eventType: "other", severity: "none" }))).toMatchObject(
      {
        level,
        message: "Guessing",
        metadata: { eventType: "security", severity, account: "a" },
      },
    );
  });
  test("a critical one is written where only errors are", () => {
    const { log, texts } = logged("fatal");
    log.logSecurityEvent("Low", "low");
    log.logSecurityEvent("Critical", "critical");
    expect(texts).toHaveLength(1);
  });
  test("logAudit", () => {
    expect(last((log) => log.logAudit("audit-events.read", { count: 3 }))).toMatchObject({
      level: "info",
      message: "audit-events.read",
      metadata: { eventType: "audit", action: "audit-events.read", count: 3 },
    });
  });
  test("logPerformance", () => {
    expect(last((log) => log.logPerformance("start", 812.5, "ms", { phase: "all" }))).toMatchObject({
      level: "info",
      message: "start: 812.5 ms",
      metadata: { eventType: "performance", name: "start", value: 812.5, unit: "ms", phase: "all" },
    });
  });
  test("logQuery", () => {
    expect(last((log) => log.logQuery("SELECT $1", "replica", 3.5))).toMatchObject({
      message: "Query",
      duration: 3.5,
      metadata: { eventType: "query", query: "SELECT $1", target: "replica" },
    });
  });
  test.each([
    [200, "info"],
    [404, "info"],
    [499, "info"],
    [500, "error"],
    [503, "error"],
  ])("logRequest: %i is written as %s", (status, level) => {
    expect(last((log) => log.logRequest("GET", "/api/v1/x", status, 12.3, { route: "/x" }))).toMatchObject({
      level,
      message: `GET /api/v1/x ${status}`,
      duration: 12.3,
      metadata: { method: "GET", path: "/api/v1/x", status, route: "/x" },
    });
  });
  test("a slow query", () => {
    expect(last((log) => log.slowQuery("SELECT 1", 2_000, ["string"]))).toMatchObject({
      level: "warn",
      message: "Slow query detected",
      duration: 2_000,
      metadata: { query: "SELECT 1", parameterTypes: ["string"] },
    });
  });
});

test("a sink gets a copy of each line that is written, with its level", () => {
  const copies: [string, string][] = [];
  const { log, texts } = logged("info", [{ write: (level, line) => void copies.push([level, line]) }]);
  log.debug("no");
  log.warn("yes");
  log.child({ a: "b" }).error("and this", new Error("x"));
  expect(copies).toEqual([
    ["warn", texts[0]],
    ["error", texts[1]],
  ]);
});
