import { createHash, createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "./database/database.ts";
import { AuthenticationError, ExternalServiceError, RateLimitError } from "./errors.ts";
import { addressKey, parseIp } from "./ip-address.ts";

export interface SignInGuardOptions {
  database: Database;
  /** The addresses that signed in before are kept under the first of these; all are looked up. */
  secrets: readonly string[];
  /** How many wrong guesses are free, and in what span: the AUTH limit's figures. */
  limit: { maxRequests: number; windowMs: number };
}

export type SignInGuard = ReturnType<typeof createSignInGuard>;

// With 5 in 15 minutes: a minute after the fifth failure, doubled by each further one, up to half an hour.
const firstDelayShare = 1 / 15;
const longestDelayWindows = 2;
const placesTakenMs = 10_000;
const askAgainMs = 50;

/**
 * What keeps guesses at one account few, from however many addresses and processes: each failure beyond the free ones doubles the
 * wait before the next (OWASP ASVS 6.3.1). Kept in the database. Addresses that the account was signed in from before have a count
 * of their own, so that no stranger keeps its owner out. An account that nobody has is counted like any other.
 */
export function createSignInGuard({ database, secrets, limit }: SignInGuardOptions) {
  const { maxRequests, windowMs } = limit;
  const spans = [maxRequests, `${windowMs * firstDelayShare} milliseconds`, `${windowMs * longestDelayWindows} milliseconds`];

  const admitted = async (account: Buffer, sources: readonly Buffer[]): Promise<string> => {
    for (const startedAt = performance.now(); performance.now() - startedAt < placesTakenMs; await delay(askAgainMs)) {
      const [verdict] = await database.query<{ attempt: string | null; wait_seconds: number | null }>(
        "SELECT * FROM begin_sign_in($1, $2, $3, $4::interval, $5::interval)",
        [account, sources, ...spans],
      );
      if (verdict?.attempt) return verdict.attempt;
      if (verdict?.wait_seconds) {
        const minutes = Math.ceil(verdict.wait_seconds / 60);
        const wait = verdict.wait_seconds < 120 ? `${verdict.wait_seconds} seconds` : `${minutes} minutes`;
        const message = `Too many wrong passwords for this account: try again in ${wait}`;
        throw new RateLimitError(verdict.wait_seconds, message, { name: "ACCOUNT", ...limit });
      }
    }
    throw new ExternalServiceError("Too many people are signing in to this account at the moment: try again", "SIGN_IN_BUSY");
  };

  return {
    /**
     * Runs one attempt at an account. An `AuthenticationError` of the work counts as a wrong guess; when the work succeeds and says
     * `signedIn`, its address is known from now on. Throws `429 RATE_LIMITED` before the work, with the seconds to wait.
     */
    async attempt<T extends { signedIn: boolean }>(email: string, ipAddress: string, work: () => Promise<T>): Promise<T> {
      const account = createHash("sha256").update(email).digest();
      const address = parseIp(ipAddress);
      const source = address ? addressKey(address) : ipAddress;
      const sources = secrets.map((secret) => createHmac("sha256", secret).update(`${email} ${source}`).digest());
      const id = await admitted(account, sources);
      const forgive = (known: Buffer | null) => database.query("SELECT forgive_sign_in($1, $2)", [id, known]);
      try {
        const result = await work();
        await forgive(result.signedIn ? (sources[0] ?? null) : null);
        return result;
      } catch (error) {
        if (error instanceof AuthenticationError) await database.query("SELECT fail_sign_in($1)", [id]);
        else await forgive(null);
        throw error;
      }
    },
  };
}
