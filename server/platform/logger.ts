import { AsyncLocalStorage } from "node:async_hooks";
import { pino, type DestinationStream } from "pino";
import { redact } from "./redact.ts";

/** What every line of one request says about it. */
export interface LogContext {
  requestId?: string;
  userId?: string;
  tenantId?: string;
  ipAddress?: string;
  userAgent?: string;
  [name: string]: string | undefined;
}

type Severity = "low" | "medium" | "high" | "critical";
type Metadata = Record<string, unknown>;
type Level = "debug" | "info" | "warn" | "error" | "fatal";

const pathMax = 500;

const contextOfRequest = new AsyncLocalStorage<LogContext>();

/** Runs `work` with a log context of its own: it follows by itself through every await, and reaches no other request. */
export const withLogContext = <T>(context: LogContext, work: () => T): T => contextOfRequest.run(context, work);

export interface LoggerOptions {
  level: Level | "silent";
  /** One JSON object a line to standard output, unless said otherwise. */
  destination?: DestinationStream;
  pretty?: boolean;
}

export type Logger = ReturnType<typeof createLogger>;

/** One JSON object a line: level, message, timestamp, context, and where they apply metadata, duration, error. */
export function createLogger(options: LoggerOptions, own: LogContext = {}) {
  const sink = pino(
    {
      level: options.level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      ...(options.pretty && !options.destination
        ? {
            transport: {
              target: "pino-pretty",
              options: { messageKey: "message", timestampKey: "timestamp", ignore: "context.userAgent" },
            },
          }
        : {}),
    },
    ...(options.destination ? [options.destination] : []),
  );
  return loggerOn(sink, own);
}

function loggerOn(sink: pino.Logger, own: LogContext) {
  const write = (level: Level, message: string, fields: { metadata?: Metadata | undefined; error?: unknown; duration?: number }) => {
    if (!sink.isLevelEnabled(level)) return;
    sink[level](
      {
        context: redact({ ...own, ...contextOfRequest.getStore() }),
        ...(fields.metadata ? { metadata: redact(fields.metadata) } : {}),
        ...(fields.duration === undefined ? {} : { duration: fields.duration }),
        ...(fields.error === undefined ? {} : { error: describeError(fields.error) }),
      },
      message,
    );
  };
  return {
    debug: (message: string, metadata?: Metadata) => write("debug", message, { metadata }),
    info: (message: string, metadata?: Metadata) => write("info", message, { metadata }),
    warn: (message: string, metadata?: Metadata) => write("warn", message, { metadata }),
    error: (message: string, error?: unknown, metadata?: Metadata) => write("error", message, { error, metadata }),
    fatal: (message: string, error?: unknown, metadata?: Metadata) => write("fatal", message, { error, metadata }),
    child: (context: LogContext) => loggerOn(sink, { ...own, ...context }),
    /** Adds to the context of the request that is running. */
    setContext: (context: LogContext) => void Object.assign(contextOfRequest.getStore() ?? {}, context),
    logSecurityEvent: (message: string, severity: Severity, metadata: Metadata = {}) =>
      write(severity === "low" ? "info" : "warn", message, { metadata: { eventType: "security", severity, ...metadata } }),
    logRequest: (method: string, path: string, status: number, duration: number, metadata: Metadata = {}) => {
      const shown = path.length > pathMax ? `${path.slice(0, pathMax)}…` : path;
      write(status >= 500 ? "error" : "info", `${method} ${shown} ${status}`, {
        duration,
        metadata: { method, path: shown, status, ...metadata },
      });
    },
    logQuery: (query: string, duration: number, metadata: Metadata = {}) =>
      write("debug", "Query", { duration, metadata: { query, ...metadata } }),
    slowQuery: (query: string, duration: number) => write("warn", "Slow query detected", { duration, metadata: { query } }),
  };
}

function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return redact(error);
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: redact(error.message),
    ...(typeof code === "string" ? { code } : {}),
    ...(error.stack ? { stack: redact(error.stack) } : {}),
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
