import type { Redis } from "ioredis";
import type { Logger } from "./logger.ts";

export interface RedisHealth {
  /** Answers, and in time. */
  up: boolean;
  /** Why not, in a word for an operator. */
  reason?: string;
}

const probeFirstMs = 10;
const probeEveryMs = 100;
const probePauseMaxMs = 5_000;
const probeTimeoutMs = 5_000;
const patienceAtStartMs = 2_000;
/** Away again so soon after it came back: it is left alone for longer before it is asked the next time. */
const relapseMs = 10_000;

/** Knows whether Redis is there: told when it is not, it asks until it is again. No request is spent on finding out, as a circuit breaker would. */
export function watchRedis(client: Redis, { log, slowMs }: { log: Logger; slowMs: number }) {
  const listeners = new Set<() => void>();
  let health: RedisHealth = { up: false, reason: "not connected yet" };
  let closed = false;
  let cameBackAt = -Infinity;
  let pauseMs = probeFirstMs;
  let timer: NodeJS.Timeout | undefined;

  const away = (reason: string) => {
    const wasUp = health.up;
    health = { up: false, reason };
    if (!wasUp || closed) return;
    pauseMs = performance.now() - cameBackAt < relapseMs ? Math.min(pauseMs * 2, probePauseMaxMs) : probeEveryMs;
    log.warn("Redis is away: each process goes on by itself until it is back", { reason });
    probeSoon(0);
  };
  const back = () => {
    health = { up: true };
    cameBackAt = performance.now();
    log.info("Redis is there: processes share what they count");
    for (const listener of listeners) listener();
  };
  const probeSoon = (answeredInTime: number) => {
    timer = setTimeout(() => void probe(answeredInTime), pauseMs).unref();
  };
  /** Two answers in time, to something that writes: one that only reads would not tell a replica or a full memory. */
  const probe = async (answeredInTime: number) => {
    const startedAt = performance.now();
    // A connection whose other end vanished without a word would be waited for until the network gives up, a quarter of an hour later.
    const impatient = setTimeout(() => client.disconnect(true), probeTimeoutMs).unref();
    const answered = await client.set("warehouse:probe", "1", "PX", 10_000).then(
      () => performance.now() - startedAt < slowMs,
      () => false,
    );
    clearTimeout(impatient);
    if (closed) return;
    if (answered && answeredInTime >= 1) back();
    else probeSoon(answered ? answeredInTime + 1 : 0);
  };

  client.on("error", (error: Error) => away(error.message));
  client.on("close", () => away("the connection was lost"));
  probeSoon(0);
  const patience = setTimeout(() => {
    if (!health.up) log.warn("Redis cannot be reached: each process goes on by itself until it can", { reason: health.reason });
  }, patienceAtStartMs).unref();

  return {
    health: (): RedisHealth => health,
    away,
    onBack: (listener: () => void): void => void listeners.add(listener),
    close(): void {
      closed = true;
      clearTimeout(timer);
      clearTimeout(patience);
    },
  };
}
