import type { LogLevel, LogSink } from "#platform/logger.ts";
import type { CircuitBreaker } from "#platform/resilience/circuit-breaker.ts";
import { RejectedError } from "#platform/resilience/errors.ts";
import { createLineBuffer, type LogEntry } from "./line-buffer.ts";

/** Where lines are sent to. */
export interface LogReceiver {
  name: string;
  /** Whether lines of this level are sent. */
  accepts(level: LogLevel): boolean;
  batchMax: number;
  batchBytesMax: number;
  /** Sends the lines, in their order, and answers how many of them were not taken. Rejects when it may be tried again. */
  send(batch: readonly LogEntry[], signal: AbortSignal): Promise<number>;
}

export interface BufferLimits {
  entriesMax: number;
  bytesMax: number;
  /** How long a line waits for others to be sent with. */
  gatherMs: number;
  /** A batch that so many tries did not bring across is given up, so that it holds up nothing behind it. */
  triesMax: number;
}

export type BatchingSink = ReturnType<typeof createBatchingSink>;

const limitsByDefault: BufferLimits = { entriesMax: 10_000, bytesMax: 8 * 1024 * 1024, gatherMs: 1_000, triesMax: 20 };

/**
 * Gathers lines in memory, bounded in number and bytes, and sends them from the background. Whoever writes a line never waits and
 * never fails: when the receiver is slow or away the oldest lines make room, counted.
 */
export function createBatchingSink(receiver: LogReceiver, given: Partial<BufferLimits> = {}) {
  const limits = { ...limitsByDefault, ...given };
  const buffer = createLineBuffer(limits);
  let breaker: CircuitBreaker | undefined;
  let sendBatch: (signal?: AbortSignal) => Promise<void> = async () => undefined;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;

  const sendAll = async (signal?: AbortSignal): Promise<void> => {
    while (buffer.size() > 0) await sendBatch(signal);
  };
  const schedule = () => {
    if (timer || sending || !breaker) return;
    timer = setTimeout(() => {
      timer = undefined;
      sending = sendAll()
        .catch(() => undefined)
        .finally(() => {
          sending = undefined;
          if (buffer.size() > 0) schedule();
        });
    }, limits.gatherMs).unref();
  };
  const write: LogSink["write"] = (level, line) => {
    if (!receiver.accepts(level)) return;
    buffer.push({ level, line, bytes: Buffer.byteLength(line), at: Date.now() });
    schedule();
  };

  return {
    name: receiver.name,
    write,
    /** Until then lines are only gathered. `onFailure` hears of each that the receiver was asked for in vain. */
    start(through: CircuitBreaker, onFailure: (error: unknown) => void): void {
      breaker = through;
      sendBatch = batchSender(receiver, buffer, limits.triesMax, through, onFailure);
      if (buffer.size() > 0) schedule();
    },
    statistics: buffer.statistics,
    /** Sends what is left, for at most so long. What then remains is lost, and counted. */
    async close(ms: number): Promise<void> {
      clearTimeout(timer);
      const wasStarted = breaker !== undefined;
      breaker = undefined;
      const deadline = AbortSignal.timeout(ms);
      const rest = async () => {
        await sending;
        if (wasStarted) await sendAll(deadline);
      };
      await Promise.race([rest().catch(() => undefined), aborted(deadline)]);
      buffer.dropAll();
    },
  };
}

function batchSender(
  receiver: LogReceiver,
  buffer: ReturnType<typeof createLineBuffer>,
  triesMax: number,
  breaker: CircuitBreaker,
  onFailure: (error: unknown) => void,
) {
  let tries = 0;
  return async (signal?: AbortSignal): Promise<void> => {
    const batch = buffer.take(receiver.batchMax, receiver.batchBytesMax);
    try {
      buffer.taken(await breaker.execute((stop) => receiver.send(batch, stop), { signal }));
      tries = 0;
    } catch (error) {
      // Refused by the breaker: nobody was asked.
      if (!(error instanceof RejectedError)) {
        onFailure(error);
        tries += 1;
      }
      if (tries >= triesMax) {
        tries = 0;
        buffer.giveUp();
      } else buffer.kept();
      throw error;
    }
  };
}

const aborted = (signal: AbortSignal) => new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
