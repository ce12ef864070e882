import type { Database } from "./database/database.ts";
import type { DatabaseHealth } from "./database/health.ts";
import type { LogSinks } from "./log-sinks/log-sinks.ts";
import type { Change } from "./live/change.ts";
import type { LiveStreams } from "./live/live-streams.ts";
import type { Logger } from "./logger.ts";
import type { CircuitBreakerRegistry } from "./resilience/circuit-breaker-registry.ts";
import type { Mail } from "./mail.ts";
import type { Protection } from "./protection.ts";
import type { SignInGuard } from "./sign-in-guard.ts";
import type { SessionCookies } from "./session.ts";

/** Jobs that wait for their turn or their next try, and jobs that were given up. */
export interface JobFigures {
  waiting: number;
  failed: number;
}

/** What the process is made of: built once in main.ts, given to every route. */
export interface Services extends Protection {
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
    /** Code of the company whose Admins run the installation; nobody's where none is named. */
    operatorTenant: string | undefined;
  };
  database: Database;
  checkDatabaseHealth: () => Promise<DatabaseHealth>;
  /** Names of migrations that the code knows and the database does not. */
  pendingMigrations: () => Promise<readonly string[]>;
  /** Of all tenants. */
  countJobs: () => Promise<JobFigures | undefined>;
  /** Who is told, as it happens, what has changed. */
  live: LiveStreams;
  /** Of what no transaction in the company tells: see `Tx.changed`. */
  tellChange: (tenantId: string, change: Change) => void;
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
