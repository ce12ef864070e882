import pg from "pg";
import { CircuitBreaker, type CircuitBreakerOptions } from "#platform/resilience/circuit-breaker.ts";
import { RejectedError } from "#platform/resilience/errors.ts";

const connectTimeoutMs = 3_000;

/** The name of the breaker that guards the making of connections. */
export const databaseBreaker = "database";

/** Only silence opens it: a database that refuses does so at once, and is tried again within the same request. */
export const connectBreakerOptions: CircuitBreakerOptions = {
  failureThreshold: 3,
  timeout: 1_000,
  successThreshold: 1,
  isFailure: (error) => error instanceof Error && error.message === "timeout expired",
};

/** Connections that are made in a moment or not at all; when nobody answers, the next ones are refused without waiting for that again. */
export function createConnectingClient(breaker = new CircuitBreaker(databaseBreaker, connectBreakerOptions)): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      // The pool's own limit is for waiting until a connection is free.
      super({ ...config, connectionTimeoutMillis: Math.min(connectTimeoutMs, config?.connectionTimeoutMillis ?? connectTimeoutMs) });
      // A connection that the server closes would otherwise end the process, whether it idles, is lent, or is not even told to be there;
      // its next statement is refused, and it is not lent again.
      this.on("error", () => undefined);
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<pg.Client> | void {
      const connecting = breaker.execute(() => super.connect()).catch(asUnreachable);
      if (!callback) return connecting;
      void tell(connecting, callback as (error: unknown, client?: pg.Client) => void);
    }
  };
}

type Connected = ((error: Error) => void) | ((error: null, client: pg.Client) => void);

async function tell(connecting: Promise<pg.Client>, callback: (error: unknown, client?: pg.Client) => void): Promise<void> {
  const [told] = await Promise.allSettled([connecting]);
  if (told.status === "rejected") callback(told.reason);
  else callback(null, told.value);
}

function asUnreachable(error: unknown): never {
  if (!(error instanceof RejectedError)) throw error;
  throw Object.assign(new Error("The database does not answer", { cause: error }), { code: "ETIMEDOUT" });
}
