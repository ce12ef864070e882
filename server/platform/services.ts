import type { Database } from "./database/database.ts";
import type { DatabaseHealth } from "./database/health.ts";
import type { ClientAddress, Received } from "./http/client-address.ts";
import type { Overload } from "./http/overload.ts";
import type { LogSinks } from "./log-sinks/log-sinks.ts";
import type { Logger } from "./logger.ts";
import type { Attempts } from "./rate-limit/attempts.ts";
import type { DdosProtection } from "./rate-limit/block-list.ts";
import type { RateLimiter } from "./rate-limit/rate-limit.ts";
import type { CircuitBreakerRegistry } from "./resilience/circuit-breaker-registry.ts";
import type { Strikes } from "./rate-limit/strikes.ts";
<<<<<<< HEAD
import type { Mail } from "./mail.ts";
import type { SignInGuard } from "./sign-in-guard.ts";
=======
import type { RedisHealth } from "./redis-watch.ts";
>>>>>>> e88ee12 (Processes that share Redis count as one, exactly, in one round trip; away or slow it costs no request and frees nobody; blocks hold in all of them)
import type { SessionCookies } from "./session.ts";

/** What the process is made of: built once in main.ts, given to every route. */
export interface Services {
  settings: {
    environment: string;
    production: boolean;
    version: string;
    /** Origins whose pages may send changes. */
    ownOrigins: ReadonlySet<string>;
    /** Other origins whose pages may read answers. */
    corsOrigins: ReadonlySet<string>;
    /** What links in mails begin with. */
    publicUrl: string;
    session: { idleMinutes: number; absoluteHours: number };
    /** The first signs cursors, all verify. */
    cursorSecrets: readonly string[];
    databaseUrl: string;
  };
  database: Database;
  databaseHealth: () => Promise<DatabaseHealth>;
  /** Names of migrations that the code knows and the database does not. */
  pendingMigrations: () => Promise<readonly string[]>;
  clientAddress: (received: Received) => ClientAddress;
  ddosProtection: DdosProtection;
  /** Refusals of who is not signed in, which lead to a block. */
  strikes: Strikes;
  /** Undefined where no Redis was set up. */
  redisHealth: (() => RedisHealth) | undefined;
  overload: Overload;
  limiter: RateLimiter;
  /** For what counts failures only. */
  attempts: Attempts;
  sessions: SessionCookies;
  signInGuard: SignInGuard;
  mail: Mail;
  /** One for each service outside: mail, a sink of the log, a webhook's host. */
  circuitBreakers: CircuitBreakerRegistry;
  lifecycle: { draining: boolean };
  log: Logger;
  /** The services outside that get a copy of the log. */
  logSinks: LogSinks;
}
