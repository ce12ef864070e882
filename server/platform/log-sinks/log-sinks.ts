import { hostname } from "node:os";
import type { Logger } from "#platform/logger.ts";
import type { CircuitBreakerRegistry } from "#platform/resilience/circuit-breaker-registry.ts";
import { type BatchingSink, type BufferLimits, createBatchingSink, type LogReceiver } from "./batching-sink.ts";
import type { SinkStatistics } from "./line-buffer.ts";
import { type CloudwatchSettings, createCloudwatchReceiver } from "./cloudwatch.ts";
import { createDatadogReceiver, type DatadogSettings } from "./datadog.ts";
import { createSentryReceiver, type SentrySettings } from "./sentry.ts";

const toldEveryMs = 60_000;

/** A line about each failure would be one more to send: one a minute says enough. */
function seldom(name: string, log: Logger): (error: unknown) => void {
  let toldAt = -Infinity;
  return (error) => {
    if (performance.now() - toldAt < toldEveryMs) return;
    toldAt = performance.now();
    log.warn(`Lines of the log do not reach ${name}`, { reason: error instanceof Error ? error.message : "unknown" });
  };
}

/** Each only where it is set up. */
export interface LogSinkSettings {
  sentry?: SentrySettings | undefined;
  datadog?: DatadogSettings | undefined;
  cloudwatch?: CloudwatchSettings | undefined;
}

/** What every receiver says about where the lines come from. */
export interface Origin {
  environment: string;
  version: string;
  host: string;
}

export type LogSinks = ReturnType<typeof createLogSinks>;

/** So soon, since the lines are there: a receiver that takes longer is as good as away. */
const sendTimeoutMs = 5_000;
const guarded = { failureThreshold: 3, timeout: 30_000, callTimeout: sendTimeoutMs, probeTimeout: sendTimeoutMs, isFailure: () => true };

/** The services outside that get a copy of the log. Each has a buffer and, from `start` on, a circuit breaker of its own. */
export function createLogSinks(
  settings: LogSinkSettings,
  { environment, version }: Omit<Origin, "host">,
  limits: Partial<BufferLimits> = {},
) {
  const origin = { environment, version, host: hostname() };
  const receivers: LogReceiver[] = [
    ...(settings.sentry ? [createSentryReceiver(settings.sentry, origin)] : []),
    ...(settings.datadog ? [createDatadogReceiver(settings.datadog, origin)] : []),
    ...(settings.cloudwatch ? [createCloudwatchReceiver(settings.cloudwatch, origin)] : []),
  ];
  const sinks: readonly BatchingSink[] = receivers.map((receiver) => createBatchingSink(receiver, limits));
  return {
    sinks,
    start: (breakers: CircuitBreakerRegistry, log: Logger): void => {
      for (const sink of sinks) sink.start(breakers.keepBreaker(`log-${sink.name}`, guarded), seldom(sink.name, log));
    },
    statistics: (): Record<string, SinkStatistics> => Object.fromEntries(sinks.map((sink) => [sink.name, sink.statistics()])),
    /** Sends what is left, for at most so long. */
    close: async (ms: number): Promise<void> => {
      await Promise.all(sinks.map((sink) => sink.close(ms)));
    },
  };
}
