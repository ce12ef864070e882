import { type DestinationStream, pino } from "pino";
import { addToLogContext, contextJson, type LogContext } from "./log-context.ts";
import { redactedJson } from "./redact.ts";
import { redactedJsonText } from "./redact-text.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal";
export type Severity = "low" | "medium" | "high" | "critical";
type Metadata = Record<string, unknown>;

/** Takes a copy of each line. It must neither throw nor wait. */
export interface LogSink {
  write(level: LogLevel, line: string): void;
}

export interface LoggerOptions {
  level: LogLevel | "silent";
  /** Standard output, unless said otherwise. */
  destination?: DestinationStream;
  /** For people in a terminal instead of one JSON object a line. */
  pretty?: boolean;
  sinks?: readonly LogSink[];
}

const levels: Readonly<Record<LogLevel | "silent", number>> = { debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: Infinity };
const levelOfSeverity: Readonly<Record<Severity, LogLevel>> = { low: "info", medium: "warn", high: "error", critical: "fatal" };
const pathMax = 500;

export type Logger = ReturnType<typeof createLogger>;

/** One JSON object a line: level, timestamp, message, context, and where they apply metadata, duration, error. */
export function createLogger(options: LoggerOptions, own?: LogContext) {
  const destination = options.destination ?? (options.pretty ? prettyOutput() : pino.destination({ fd: 1, sync: true }));
  return loggerOn({ threshold: levels[options.level], destination, sinks: options.sinks ?? [] }, own);
}

/** How a line looks in a terminal. */
export const prettyOptions = { messageKey: "message", timestampKey: "timestamp", ignore: "context.userAgent" };
const prettyOutput = () => pino.transport({ target: "pino-pretty", options: prettyOptions }) as DestinationStream;

interface Output {
  threshold: number;
  destination: DestinationStream;
  sinks: readonly LogSink[];
}

function loggerOn(output: Output, own: LogContext | undefined) {
  const write = (level: LogLevel, message: string, { metadata, duration, error }: Fields) => {
    if (levels[level] < output.threshold) return;
    let line = `{"level":"${level}","timestamp":"${now()}","message":${messageJson(message)},"context":${contextJson(own)}`;
    if (metadata !== undefined) line += `,"metadata":${redactedJson(metadata)}`;
    if (duration !== undefined) line += `,"duration":${Number.isFinite(duration) ? duration : null}`;
    if (error !== undefined) line += `,"error":${redactedJson(error) ?? null}`;
    line += "}\n";
    output.destination.write(line);
    for (const sink of output.sinks) sink.write(level, line);
  };
  return {
    debug: (message: string, metadata?: Metadata) => write("debug", message, { metadata }),
    info: (message: string, metadata?: Metadata) => write("info", message, { metadata }),
    warn: (message: string, metadata?: Metadata) => write("warn", message, { metadata }),
    error: (message: string, error?: unknown, metadata?: Metadata) => write("error", message, { error, metadata }),
    fatal: (message: string, error?: unknown, metadata?: Metadata) => write("fatal", message, { error, metadata }),
    /** A logger whose every line says this besides; what the running request says of itself goes before it. */
    child: (context: LogContext) => loggerOn(output, { ...own, ...context }),
    /** Adds to the context of the request that is running. */
    setContext: addToLogContext,
    /** What concerns security, at the level of its severity: low info, medium warn, high error, critical fatal. */
    logSecurityEvent: (message: string, severity: Severity, metadata?: Metadata) =>
      write(levelOfSeverity[severity], message, { metadata: { ...metadata, eventType: "security", severity } }),
    /** Who did what, for what leaves no row in the audit trail. `action` reads `thing.verb`. */
    logAudit: (action: string, metadata?: Metadata) => write("info", action, { metadata: { ...metadata, eventType: "audit", action } }),
    /** A figure that was measured, with its unit. */
    logPerformance: (name: string, value: number, unit: string, metadata?: Metadata) =>
      write("info", `${name}: ${value} ${unit}`, { metadata: { ...metadata, eventType: "performance", name, value, unit } }),
    /** One line for one request, after its answer; `duration` in milliseconds. */
    logRequest: (method: string, path: string, status: number, duration: number, metadata?: Metadata) => {
      const shown = path.length > pathMax ? `${path.slice(0, pathMax)}…` : path;
      write(status >= 500 ? "error" : "info", `${method} ${shown} ${status}`, {
        duration,
        metadata: metadata ? { method, path: shown, status, ...metadata } : { method, path: shown, status },
      });
    },
    /** A statement and where it ran; `duration` in milliseconds. Never its values. */
    logQuery: (query: string, target: string, duration: number, level: "debug" | "info" = "info") =>
      write(level, "Query", { duration, metadata: { eventType: "query", query, target } }),
    /** What its parameters were is not told, only what kind of thing each was. */
    slowQuery: (query: string, duration: number, parameterTypes: readonly string[]) =>
      write("warn", "Slow query detected", { duration, metadata: { query, parameterTypes } }),
  };
}

interface Fields {
  metadata?: Metadata | undefined;
  duration?: number;
  error?: unknown;
}

/** A line break in a message would begin a line of its own in a terminal. */
const messageJson = (message: string) => {
  const json = redactedJsonText(message);
  return json.includes("\\") ? json.replaceAll(/(?<!\\)((?:\\\\)*)\\([nrt])/g, String.raw`$1\\$2`) : json;
};

let lastMs = 0;
let lastText = "";
/** The time in RFC 3339, written anew once a millisecond. */
function now(): string {
  const ms = Date.now();
  if (ms !== lastMs) {
    lastMs = ms;
    lastText = new Date(ms).toISOString();
  }
  return lastText;
}
