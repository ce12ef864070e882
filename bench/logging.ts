import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { withLogContext } from "#platform/log-context.ts";
import { createLogSinks } from "#platform/log-sinks/log-sinks.ts";
import { createLogger, type Logger } from "#platform/logger.ts";
import { createCircuitBreakerRegistry } from "#platform/resilience/circuit-breaker-registry.ts";
import type { Row } from "./row.ts";

const linesPerRound = 20_000;
const rounds = 25;
// Nothing is written anywhere: what is measured is the making of a line.
const nowhere = { write: () => undefined };

/** One line of the log against a bare pino that is given the same fields: it looks at none of them, and redacts nothing. */
export function benchLogging(): Row[] {
  const ours = createLogger({ level: "info", destination: nowhere });
  const sent = (context: Context) => withLogContext(context, () => ours.info("Sent", secrets));
  return [
    compare("One log line of a request, its context new", (context) => withLogContext(context, () => request(ours)), bareRequest),
    compare("One log line with ten fields", (context) => withLogContext(context, () => ours.info("Posted", tenFields)), bareTenFields),
    compare("One log line of an error", (context) => withLogContext(context, () => ours.error("Failed", failure)), bareError),
    compare("One log line with secrets in it", sent, bareSecrets),
    { ...compare("One log line with secrets in it", sent, redactingSecrets), against: "pino, told by path what to redact" },
    compare("One log line of a request, three sinks away", (context) => withLogContext(context, () => request(withSinks)), bareRequest),
  ];
}

type Context = Record<string, string>;
const contexts: readonly Context[] = Array.from({ length: 1_000 }, () => ({
  requestId: `req_${randomUUID().replaceAll("-", "")}`,
  ipAddress: "192.168.100.20",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  userId: randomUUID(),
  tenantId: randomUUID(),
}));

const request = (log: Logger) => log.logRequest("GET", "/api/v1/inventory/items", 200, 12.3);
const tenFields = {
  sku: "A-1",
  quantity: 12.5,
  from: "A-01",
  to: "B-07",
  lot: "L-1",
  note: "moved",
  batch: 7,
  cost: 1.25,
  dryRun: false,
  ids: ["a", "b"],
};
const failure = new TypeError("Cannot read properties of undefined", { cause: new Error("connect ECONNREFUSED 127.0.0.1:5432") });
const secrets = { url: "postgres://app:s3cret@db/x", authorization: "Bearer abc.def", note: "paid with 4111 1111 1111 1111, token=abc" };

const form = {
  base: null,
  messageKey: "message",
  timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
  formatters: { level: (label: string) => ({ level: label }) },
};
const bare = pino(form, nowhere);
const redacting = pino({ ...form, redact: ["metadata.url", "metadata.authorization", "metadata.note"] }, nowhere);
const metadata = { method: "GET", path: "/api/v1/inventory/items", status: 200 };
const bareRequest = (context: Context) => bare.info({ context, metadata, duration: 12.3 }, "GET /api/v1/inventory/items 200");
const bareTenFields = (context: Context) => bare.info({ context, metadata: tenFields }, "Posted");
const bareError = (context: Context) => bare.error({ context, error: pino.stdSerializers.errWithCause(failure) }, "Failed");
const bareSecrets = (context: Context) => bare.info({ context, metadata: secrets }, "Sent");
const redactingSecrets = (context: Context) => redacting.info({ context, metadata: secrets }, "Sent");

const sinks = createLogSinks(
  {
    sentry: { dsn: "http://public@127.0.0.1:1/1" },
    datadog: { apiKey: "none", intakeUrl: "http://127.0.0.1:1" },
    cloudwatch: { logGroup: "none", region: "eu-central-1", endpoint: "http://127.0.0.1:1" },
  },
  { environment: "test", version: "0" },
);
const withSinks = createLogger({ level: "info", destination: nowhere, sinks: sinks.sinks });
sinks.start(createCircuitBreakerRegistry({ log: withSinks }), withSinks);

function compare(what: string, ours: (context: Context) => void, theirs: (context: Context) => void): Row {
  const [our, their]: [number[], number[]] = [[], []];
  // In turn, and the best of each: whatever else the machine does only slows.
  for (let round = 0; round < rounds; round++) {
    our.push(perSecond(ours));
    their.push(perSecond(theirs));
  }
  return { what, against: "bare pino, the same fields", unit: "lines/s", ours: Math.max(...our), baseline: Math.max(...their), note: "" };
}

/** Of the processor's time: what else the machine does takes none of it. */
function perSecond(write: (context: Context) => void): number {
  const before = process.cpuUsage();
  for (let line = 0; line < linesPerRound; line++) write(contexts[line % contexts.length] ?? {});
  const { user, system } = process.cpuUsage(before);
  return (linesPerRound / (user + system)) * 1_000_000;
}
