import { randomUUID } from "node:crypto";
import type { ErrorEvent, NodeClient } from "@sentry/node";
import type { LogReceiver } from "./batching-sink.ts";
import type { LogEntry } from "./line-buffer.ts";
import type { Origin } from "./log-sinks.ts";

export interface SentrySettings {
  dsn: string;
}

interface LoggedError {
  name?: string;
  message?: string;
  stack?: string;
  cause?: LoggedError;
}
interface Logged {
  message: string;
  context?: Record<string, string>;
  metadata?: Record<string, unknown>;
  error?: LoggedError;
}

/**
 * Sentry gets the errors: lines of level error and fatal, as events. Of its SDK only the client is used, and nothing of the process
 * is instrumented; it is loaded with the first error.
 */
export function createSentryReceiver({ dsn }: SentrySettings, origin: Origin): LogReceiver {
  let connected: Promise<Connection> | undefined;
  return {
    name: "sentry",
    accepts: (level) => level === "error" || level === "fatal",
    batchMax: 20,
    batchBytesMax: 1024 * 1024,
    async send(batch, signal) {
      const connection = await (connected ??= connect(dsn, origin));
      let refused = 0;
      // Each is a request of its own: what was taken before one that failed is not sent again.
      for (const entry of batch) {
        if (connection.taken.has(entry)) continue;
        const status = await connection.send(entry, signal);
        if (status === 400 || status === 413) refused += 1;
        else if (status < 200 || status >= 300) throw new Error(status === 0 ? "Sentry was not reached" : `Sentry answered ${status}`);
        connection.taken.add(entry);
      }
      return refused;
    },
  };
}

interface Connection {
  taken: WeakSet<LogEntry>;
  /** Answers the status. */
  send(entry: LogEntry, signal: AbortSignal): Promise<number>;
}

async function connect(dsn: string, origin: Origin): Promise<Connection> {
  const { createTransport, defaultStackParser, NodeClient: Client } = await import("@sentry/node");
  const answers = new Map<string, (status: number) => void>();
  let stop: AbortSignal | undefined;
  const client: NodeClient = new Client({
    dsn,
    environment: origin.environment,
    release: origin.version,
    serverName: origin.host,
    stackParser: defaultStackParser,
    integrations: [],
    enableRuntimeChannelInjection: false,
    sendClientReports: false,
    transport: (options) =>
      createTransport(options, async ({ body }) => {
        const answer = await fetch(options.url, {
          method: "POST",
          body: Buffer.from(body),
          redirect: "error",
          ...(stop ? { signal: stop } : {}),
        });
        await answer.body?.cancel();
        const header = (name: string) => answer.headers.get(name);
        return {
          statusCode: answer.status,
          headers: { "x-sentry-rate-limits": header("x-sentry-rate-limits"), "retry-after": header("retry-after") },
        };
      }),
  });
  client.on("afterSendEvent", ({ event_id: id = "" }, { statusCode }) => answers.get(id)?.(statusCode ?? 0));

  return {
    taken: new WeakSet(),
    async send(entry, signal) {
      const id = randomUUID().replaceAll("-", "");
      stop = signal;
      const answered = new Promise<number>((resolve, reject) => {
        answers.set(id, resolve);
        signal.addEventListener("abort", () => reject(new Error("Sentry took too long")), { once: true });
      });
      try {
        client.captureEvent({ ...eventOf(entry, defaultStackParser), event_id: id }, { event_id: id });
        return await answered;
      } finally {
        answers.delete(id);
      }
    },
  };
}

type StackParser = (stack: string) => NonNullable<NonNullable<NonNullable<ErrorEvent["exception"]>["values"]>[0]["stacktrace"]>["frames"];

/** The line as an event: who and which request as tags, the rest beside. It was redacted when it was written. */
function eventOf({ level, line, at }: LogEntry, parseStack: StackParser): ErrorEvent {
  const { message, context = {}, metadata, error } = JSON.parse(line) as Logged;
  const { userId, ipAddress, ...tags } = context;
  return {
    type: undefined,
    level: level === "fatal" ? level : "error",
    timestamp: at / 1_000,
    message,
    tags,
    ...(userId === undefined ? {} : { user: { id: userId, ...(ipAddress === undefined ? {} : { ip_address: ipAddress }) } }),
    ...(metadata === undefined ? {} : { extra: metadata }),
    ...(error === undefined ? {} : { exception: { values: exceptionsOf(error, parseStack) } }),
  };
}

const causesMax = 5;

/** Sentry wants the innermost cause first. */
function exceptionsOf(error: LoggedError, parseStack: StackParser) {
  const chain: LoggedError[] = [];
  for (let next: LoggedError | undefined = error; typeof next === "object" && chain.length < causesMax; next = next.cause) chain.push(next);
  return chain.toReversed().map(({ name = "Error", message = "", stack }) => ({
    type: name,
    value: message,
    ...(stack === undefined ? {} : { stacktrace: { frames: parseStack(stack) ?? [] } }),
  }));
}
