import { execFileSync } from "node:child_process";
import type { ServerResponse } from "node:http";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createLogger, type Logger } from "#platform/logger.ts";
import { withLogContext } from "#platform/log-context.ts";
import { createCircuitBreakerRegistry } from "#platform/resilience/circuit-breaker-registry.ts";
import { type Received, type Receiver, startReceiver } from "#tests/support/log-receiver.ts";
import type { BufferLimits } from "./batching-sink.ts";
import { createLogSinks, type LogSinkSettings } from "./log-sinks.ts";

// Each service is a real server on loopback, spoken to as the real one would be.

interface Service {
  settings(port: number): LogSinkSettings;
  /** What the service answers when all is well. */
  answer(received: Received, response: ServerResponse): void;
  /** The lines of error level in what it received, by their messages. */
  messages(received: readonly Received[]): string[];
}

const eventsOf = ({ body }: Received) => JSON.parse(body.split("\n")[2] ?? "{}") as Record<string, unknown>;
const target = ({ headers }: Received) => String(headers["x-amz-target"] ?? "").split(".")[1];
const logEventsOf = ({ body }: Received) => (JSON.parse(body) as { logEvents: { timestamp: number; message: string }[] }).logEvents;

const services: Record<"sentry" | "datadog" | "cloudwatch", Service> = {
  sentry: {
    settings: (port) => ({ sentry: { dsn: `http://public@127.0.0.1:${port}/42` } }),
    answer: (_, response) => void response.writeHead(200, { "content-type": "application/json" }).end('{"id":"x"}'),
    messages: (received) => received.map((one) => eventsOf(one)["message"] as string),
  },
  datadog: {
    settings: (port) => ({ datadog: { apiKey: "0123456789abcdef0123456789abcdef", intakeUrl: `http://127.0.0.1:${port}` } }),
    answer: (_, response) => void response.writeHead(202).end("{}"),
    messages: (received) => received.flatMap(({ body }) => (JSON.parse(body) as { message: string }[]).map(({ message }) => message)),
  },
  cloudwatch: {
    settings: (port) => ({ cloudwatch: { logGroup: "warehouse", region: "eu-central-1", endpoint: `http://127.0.0.1:${port}` } }),
    answer: (_, response) => void response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end("{}"),
    messages: (received) =>
      received
        .filter((one) => target(one) === "PutLogEvents")
        .flatMap(logEventsOf)
        .map(({ message }) => (JSON.parse(message) as { message: string }).message),
  },
};
const names = ["sentry", "datadog", "cloudwatch"] as const;

// What the AWS SDK looks for by itself.
beforeAll(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "only for this test");
  return () => vi.unstubAllEnvs();
});

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const done of cleanUp.splice(0)) await done();
});

async function startService(name: keyof typeof services): Promise<Receiver> {
  const receiver = await startReceiver((received, response) => services[name].answer(received, response));
  cleanUp.push(receiver.close);
  return receiver;
}

/** A logger whose lines go to these services, and nowhere else. */
function logTo(settings: LogSinkSettings, limits: Partial<BufferLimits> = { gatherMs: 10 }) {
  const lines: string[] = [];
  const sinks = createLogSinks(settings, { environment: "test", version: "1.2.3" }, limits);
  const log: Logger = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) }, sinks: sinks.sinks });
  sinks.start(createCircuitBreakerRegistry({ log }), log);
  cleanUp.push(() => sinks.close(10));
  return { log, sinks, lines };
}
const statisticsOf = (sinks: ReturnType<typeof logTo>["sinks"], name: string) => sinks.statistics()[name];
const patiently = { timeout: 8_000, interval: 20 };

describe.each(names)("%s", (name) => {
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startService(name);
  });

  test("gets each line, once", async () => {
    const { log, sinks } = logTo(services[name].settings(receiver.port));
    for (const message of ["one", "two", "three"]) log.error(message, new Error("x"));
    await vi.waitFor(() => expect(statisticsOf(sinks, name)).toEqual({ waiting: 0, waitingBytes: 0, sent: 3, dropped: 0 }), patiently);
    expect(services[name].messages(receiver.received)).toEqual(["one", "two", "three"]);
  });

  test("gets no secret, whatever was logged", async () => {
    const { log, sinks } = logTo(services[name].settings(receiver.port));
    const error = Object.assign(new Error("password=canary-1"), { token: "canary-2" });
    withLogContext({ apiKey: "canary-3" }, () => log.error("Bearer canary-4-canary", error, { deep: [{ secret: "canary-5" }] }));
    await vi.waitFor(() => expect(statisticsOf(sinks, name)?.sent).toBe(1), patiently);
    expect(JSON.stringify(receiver.received)).not.toContain("canary");
  });

  test.each([
    ["answers 500", 500],
    ["answers 503", 503],
    ["answers that there is too much", 429],
    ["resets every connection", "resetting"],
  ] as const)("that %s gets what waited once it is well again", async (_, behaviour) => {
    receiver.become(behaviour);
    const { log, sinks, lines } = logTo(services[name].settings(receiver.port));
    log.error("kept", new Error("x"));
    await vi.waitFor(() => expect(lines.join("")).toContain(`do not reach ${name}`), patiently);
    expect(statisticsOf(sinks, name)).toMatchObject({ sent: 0, dropped: 0 });
    receiver.become("well");
    receiver.received.splice(0);
    // Its own client stays away for a minute after that.
    if (name === "sentry" && behaviour === 429) return;
    // A new breaker: nobody waits here until the old one tries again.
    sinks.start(createCircuitBreakerRegistry({ log }), log);
    await vi.waitFor(() => expect(services[name].messages(receiver.received)).toContain("kept"), patiently);
  });

  test.each([
    ["never answers", "silent"],
    ["is not there", "absent"],
  ] as const)("that %s costs who logs nothing, and holds no more than its buffer", async (_, how) => {
    if (how === "silent") receiver.become("silent");
    else await receiver.close();
    const { log, sinks, lines } = logTo(services[name].settings(receiver.port), { gatherMs: 1, entriesMax: 500 });
    const startedAt = performance.now();
    for (let n = 0; n < 10_000; n++) {
      log.error("x", undefined, { n });
      // Sending goes on meanwhile.
      if (n % 1_000 === 0) await new Promise((done) => setTimeout(done, 2));
    }
    // A line that waited but a millisecond for its sink would take twice as long, together.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(lines.filter((line) => line.includes('"n":'))).toHaveLength(10_000);
    const { waiting = 0, dropped = 0, sent } = statisticsOf(sinks, name) ?? {};
    expect([waiting, sent]).toEqual([500, 0]);
    expect(dropped).toBeGreaterThanOrEqual(9_500);
    const closedAt = performance.now();
    await sinks.close(200);
    expect(performance.now() - closedAt).toBeLessThan(3_000);
    expect(statisticsOf(sinks, name)?.waiting).toBe(0);
  });

  test("that refuses a line is not asked to take it again, and the loss is counted", async () => {
    receiver.become((received, response) => {
      const taken = name === "cloudwatch";
      const rejected = target(received) === "PutLogEvents" ? { rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 } } : {};
      response.writeHead(taken ? 200 : 400, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(rejected));
    });
    const { log, sinks } = logTo(services[name].settings(receiver.port));
    log.error("refused", new Error("x"));
    await vi.waitFor(() => expect(statisticsOf(sinks, name)).toEqual({ waiting: 0, waitingBytes: 0, sent: 0, dropped: 1 }), patiently);
  });

  test("gets at the end what is left", async () => {
    const { log, sinks } = logTo(services[name].settings(receiver.port), { gatherMs: 60_000 });
    log.error("last words", new Error("x"));
    await sinks.close(5_000);
    expect(services[name].messages(receiver.received)).toEqual(["last words"]);
  });
});

test("Sentry gets errors only: who, which request, what failed and why", async () => {
  const receiver = await startService("sentry");
  const { log, sinks } = logTo(services.sentry.settings(receiver.port));
  log.info("no");
  log.warn("no");
  withLogContext({ requestId: "req_1", tenantId: "t1", userId: "u1", ipAddress: "10.0.0.1" }, () =>
    log.fatal("It broke", new TypeError("outer", { cause: new Error("inner") }), { order: 7 }),
  );
  await vi.waitFor(() => expect(statisticsOf(sinks, "sentry")).toMatchObject({ sent: 1, waiting: 0 }), patiently);
  const [sent] = receiver.received;
  expect(receiver.received).toHaveLength(1);
  expect(sent?.path).toMatch(/^\/api\/42\/envelope\//);
  expect(sent && eventsOf(sent)).toMatchObject({
    level: "fatal",
    message: "It broke",
    environment: "test",
    release: "1.2.3",
    platform: "node",
    tags: { requestId: "req_1", tenantId: "t1" },
    user: { id: "u1", ip_address: "10.0.0.1" },
    extra: { order: 7 },
    exception: {
      values: [
        { type: "Error", value: "inner" },
        {
          type: "TypeError",
          value: "outer",
          stacktrace: { frames: expect.arrayContaining([expect.objectContaining({ lineno: expect.any(Number) as number })]) as unknown },
        },
      ],
    },
  });
});

test("DataDog gets our line with its own fields before it, by the key", async () => {
  const receiver = await startService("datadog");
  const { log } = logTo(services.datadog.settings(receiver.port));
  log.fatal("It broke", undefined, { order: 7 });
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1), patiently);
  const [{ path, headers, body }] = receiver.received as [Received];
  expect([path, headers["dd-api-key"], headers["content-type"]]).toEqual([
    "/api/v2/logs",
    "0123456789abcdef0123456789abcdef",
    "application/json",
  ]);
  expect(JSON.parse(body)).toMatchObject([
    {
      ddsource: "nodejs",
      service: "warehouse-builder",
      ddtags: "env:test,version:1.2.3",
      status: "critical",
      level: "fatal",
      message: "It broke",
      metadata: { order: 7 },
    },
  ]);
});

test("CloudWatch gets a stream for the process, once, and then the lines by their time; a stream that was deleted is made anew", async () => {
  const receiver = await startService("cloudwatch");
  const { log, sinks } = logTo(services.cloudwatch.settings(receiver.port));
  log.info("one");
  await vi.waitFor(() => expect(statisticsOf(sinks, "cloudwatch")?.sent).toBe(1), patiently);
  log.info("two");
  await vi.waitFor(() => expect(statisticsOf(sinks, "cloudwatch")?.sent).toBe(2), patiently);
  expect(receiver.received.map(target)).toEqual(["CreateLogStream", "PutLogEvents", "PutLogEvents"]);
  const [made, put] = receiver.received.map(({ body }) => JSON.parse(body) as { logGroupName: string; logStreamName: string });
  expect([made?.logGroupName, put?.logStreamName]).toEqual(["warehouse", made?.logStreamName]);

  receiver.become((received, response) => {
    if (target(received) !== "PutLogEvents" || receiver.received.filter((one) => target(one) === "CreateLogStream").length > 1)
      return services.cloudwatch.answer(received, response);
    response.writeHead(400, { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": "ResourceNotFoundException" });
    response.end('{"__type":"ResourceNotFoundException"}');
  });
  log.info("three");
  await vi.waitFor(() => expect(statisticsOf(sinks, "cloudwatch")?.sent).toBeGreaterThanOrEqual(3), patiently);
  expect(receiver.received.map(target).filter((asked) => asked === "CreateLogStream")).toHaveLength(2);
});

test("one that fails takes nothing from the others", async () => {
  const [sentry, datadog] = [await startService("sentry"), await startService("datadog")];
  sentry.become("silent");
  const { log, sinks } = logTo({ ...services.sentry.settings(sentry.port), ...services.datadog.settings(datadog.port) });
  log.error("both", new Error("x"));
  await vi.waitFor(() => expect(statisticsOf(sinks, "datadog")?.sent).toBe(1), patiently);
  expect(statisticsOf(sinks, "sentry")).toMatchObject({ waiting: 1, sent: 0 });
});

test("without any, there is none, and no SDK is loaded", () => {
  const code = `
    import { registerHooks } from "node:module";
    const asked = [];
    registerHooks({ resolve: (name, context, next) => (asked.push(name), next(name, context)) });
    const { createLogSinks } = await import("#platform/log-sinks/log-sinks.ts");
    const { sinks } = createLogSinks({ datadog: { apiKey: "k", intakeUrl: "http://127.0.0.1:1" } }, { environment: "test", version: "1" });
    console.log(JSON.stringify({ sinks: sinks.length, all: asked.length > 5, sdks: asked.filter((name) => /sentry\\/|aws-sdk/.test(name)) }));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  expect(JSON.parse(printed)).toEqual({ sinks: 1, all: true, sdks: [] });
  expect(createLogSinks({}, { environment: "test", version: "1" }).sinks).toEqual([]);
});
