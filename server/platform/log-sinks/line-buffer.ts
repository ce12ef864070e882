import type { LogLevel } from "#platform/logger.ts";

export interface LogEntry {
  level: LogLevel;
  /** A whole line, with its line break. */
  line: string;
  bytes: number;
  /** Milliseconds since 1970. */
  at: number;
}

export interface SinkStatistics {
  waiting: number;
  waitingBytes: number;
  sent: number;
  /** Lines lost to this sink: pushed out of a full buffer, refused, or given up. The log itself has them. */
  dropped: number;
}

/** Lines that wait to be sent, bounded in number and bytes: when there is no room left the oldest go, counted. */
export function createLineBuffer({ entriesMax, bytesMax }: { entriesMax: number; bytesMax: number }) {
  const waiting = createRing<LogEntry>(entriesMax);
  let [waitingBytes, sent, dropped] = [0, 0, 0];
  // Of the oldest, so many are on their way.
  let underWay = 0;

  const forget = (number: number) => {
    for (let left = Math.min(number, waiting.size()); left > 0; left--) waitingBytes -= waiting.shift()?.bytes ?? 0;
  };
  const drop = (number: number) => {
    forget(number);
    dropped += number;
    underWay = Math.max(0, underWay - number);
  };

  return {
    size: waiting.size,
    push(entry: LogEntry): void {
      while (waiting.size() >= entriesMax || (waiting.size() > 0 && waitingBytes + entry.bytes > bytesMax)) drop(1);
      waiting.push(entry);
      waitingBytes += entry.bytes;
    },
    /** The oldest lines, up to these bounds, but at least one. They stay here until `taken`, `kept` or `giveUp`. */
    take(linesMax: number, batchBytesMax: number): LogEntry[] {
      const batch: LogEntry[] = [];
      let bytes = 0;
      for (let index = 0; index < waiting.size() && batch.length < linesMax; index++) {
        const entry = waiting.at(index);
        bytes += entry.bytes;
        if (batch.length > 0 && bytes > batchBytesMax) break;
        batch.push(entry);
      }
      underWay = batch.length;
      return batch;
    },
    /** They have arrived, but for so many that were refused. */
    taken(refused: number): void {
      forget(underWay);
      sent += Math.max(0, underWay - refused);
      dropped += Math.min(underWay, refused);
      underWay = 0;
    },
    /** They have not, and wait on. */
    kept: (): void => void (underWay = 0),
    /** They have not, and never will. */
    giveUp: (): void => drop(underWay),
    dropAll: (): void => drop(waiting.size()),
    statistics: (): SinkStatistics => ({ waiting: waiting.size(), waitingBytes, sent, dropped }),
  };
}

/** A queue in an array of one size: neither end costs more when it is long. */
function createRing<T>(sizeMax: number) {
  const held: (T | undefined)[] = [];
  let head = 0;
  let size = 0;
  return {
    size: () => size,
    at: (index: number) => held[(head + index) % sizeMax] as T,
    push(value: T): void {
      held[(head + size) % sizeMax] = value;
      size += 1;
    },
    shift(): T | undefined {
      if (size === 0) return undefined;
      const value = held[head];
      held[head] = undefined;
      head = (head + 1) % sizeMax;
      size -= 1;
      return value;
    },
  };
}
