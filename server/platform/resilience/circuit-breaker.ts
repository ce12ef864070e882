import { AppError } from "#platform/errors.ts";
import { CircuitOpenError, RejectedError, TimeoutError } from "./errors.ts";
import { type Stoppable, withTimeout } from "./timeout.ts";

export type CircuitState = "CLOSED" | "OPEN" | "HALF_OPEN";

/** All times in milliseconds. */
export interface CircuitBreakerOptions {
  /** So many failures in a row open it: 5. */
  failureThreshold?: number;
  /** Failures are forgotten after so long without another one: 30 s. */
  resetTimeout?: number;
  /** How long it stays open before it is tried whether the service is back, and up to a tenth longer: 60 s. */
  timeout?: number;
  /** So many probes that succeed close it: 2. */
  successThreshold?: number;
  /** So many probes may be under way at once: 1. */
  probesMax?: number;
  /** A probe is ended after so long, and has failed: 10 s. */
  probeTimeout?: number;
  /** Any other call is ended after so long, and has failed: no limit. */
  callTimeout?: number;
  /** Whether an error says that the service is ill. Unless said otherwise all do, except `AppError`s below 500: a client's mistakes. */
  isFailure?: (error: unknown) => boolean;
}

export interface CircuitChange {
  name: string;
  from: CircuitState;
  to: CircuitState;
  reason: string;
}

export interface CircuitSurroundings {
  onChange?: (change: CircuitChange) => void;
  /** A clock that is never set back, in milliseconds. */
  now?: () => number;
  random?: () => number;
}

export interface CircuitStatus {
  state: CircuitState;
  /** Failures in a row. */
  failureCount: number;
  /** Calls that were refused since the process began. */
  rejected: number;
  /** An operator opened it: it stays open until one ends that. */
  heldOpen: boolean;
  /** Until it is tried whether the service is back; absent unless it is open by itself. */
  retryInMs?: number;
}

const defaults = { failureThreshold: 5, resetTimeout: 30_000, timeout: 60_000, successThreshold: 2, probesMax: 1, probeTimeout: 10_000 };
const openTimeSpread = 0.1;
const nothing = () => undefined;

/** Stops asking a service that fails, and tries now and then whether it is back (Nygard, "Release It!", chapter 5). */
export class CircuitBreaker {
  readonly #name: string;
  readonly #limits: Required<Omit<CircuitBreakerOptions, "callTimeout" | "isFailure">>;
  readonly #callTimeout: number | undefined;
  readonly #isFailure: (error: unknown) => boolean;
  readonly #onChange: (change: CircuitChange) => void;
  readonly #now: () => number;
  readonly #random: () => number;

  #state: CircuitState = "CLOSED";
  /** Counts the beginnings: a result of a call that began before the last of them says nothing about now. */
  #generation = 0;
  #failures = 0;
  #lastFailureAt = -Infinity;
  #openUntil = 0;
  #probes = 0;
  #successes = 0;
  #rejected = 0;

  constructor(name: string, { callTimeout, isFailure, ...limits }: CircuitBreakerOptions, surroundings: CircuitSurroundings = {}) {
    this.#name = name;
    this.#limits = { ...defaults, ...limits };
    this.#callTimeout = callTimeout;
    this.#isFailure = isFailure ?? ((error) => !(error instanceof AppError && error.statusCode < 500));
    this.#onChange = surroundings.onChange ?? nothing;
    this.#now = surroundings.now ?? (() => performance.now());
    this.#random = surroundings.random ?? Math.random;
  }

  /**
   * Runs `work`, or rejects at once with `CircuitOpenError`. An error of the work comes out as it is; a call that takes too long is a
   * `TimeoutError`. When `signal` is aborted the wait ends with its reason, and nothing is counted.
   */
  async execute<T>(work: Stoppable<T>, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<T> {
    signal?.throwIfAborted();
    if (this.#state !== "CLOSED") return await this.#probe(work, signal);
    const generation = this.#generation;
    try {
      const result =
        signal === undefined && this.#callTimeout === undefined
          ? await work(new AbortController().signal)
          : await withTimeout(work, this.#callTimeout, this.#tooLong(this.#callTimeout), { signal });
      if (generation === this.#generation) this.#failures = 0;
      return result;
    } catch (error) {
      if (generation === this.#generation) this.#failed(error, signal);
      throw error;
    }
  }

  /** By an operator: stays open until `close` or `automatic`. */
  open(): void {
    this.#openUntil = Infinity;
    if (this.#state !== "OPEN") this.#become("OPEN", "opened by hand");
  }

  /** By an operator: closed, with nothing counted so far, and from now on automatic again. */
  close(): void {
    if (this.#state !== "CLOSED") return this.#become("CLOSED", "closed by hand");
    this.#generation += 1;
    this.#failures = 0;
  }

  /** Ends what `open` began: probes decide. */
  automatic(): void {
    if (this.#state === "OPEN" && this.#openUntil === Infinity) this.#become("HALF_OPEN", "back to automatic");
  }

  status(): CircuitStatus {
    this.#lookAtClock();
    const failureCount = this.#areForgotten(this.#now()) ? 0 : this.#failures;
    const heldOpen = this.#state === "OPEN" && this.#openUntil === Infinity;
    return {
      state: this.#state,
      failureCount,
      rejected: this.#rejected,
      heldOpen,
      ...(this.#state === "OPEN" && !heldOpen ? { retryInMs: Math.ceil(this.#openUntil - this.#now()) } : {}),
    };
  }

  async #probe<T>(work: Stoppable<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#lookAtClock();
    if (this.#state === "OPEN" || this.#probes >= this.#limits.probesMax) throw this.#refusal();
    const generation = this.#generation;
    this.#probes += 1;
    // Its place is free when the work ends or its time is over, not already when its caller goes away.
    const probing = withTimeout(
      (stop) => work(signal ? AbortSignal.any([stop, signal]) : stop),
      this.#limits.probeTimeout,
      this.#tooLong(this.#limits.probeTimeout),
    ).then(
      (result) => {
        if (generation === this.#generation) this.#probeEnded(!signal?.aborted);
        return result;
      },
      (error: unknown) => {
        if (generation === this.#generation) this.#probeFailed(error, signal);
        throw error;
      },
    );
    if (!signal) return await probing;
    // Nobody may be left to hear of its end.
    probing.catch(nothing);
    return await withTimeout(() => probing, undefined, undefined, { signal });
  }

  #probeEnded(well: boolean): void {
    this.#probes -= 1;
    if (well && ++this.#successes >= this.#limits.successThreshold) this.#become("CLOSED", "the service is back");
  }

  #probeFailed(error: unknown, signal: AbortSignal | undefined): void {
    const told = this.#judge(error, signal);
    if (told === "ill") this.#trip("a probe failed");
    else this.#probeEnded(told === "well");
  }

  #failed(error: unknown, signal: AbortSignal | undefined): void {
    const told = this.#judge(error, signal);
    if (told === "well") this.#failures = 0;
    if (told !== "ill") return;
    const now = this.#now();
    this.#failures = (this.#areForgotten(now) ? 0 : this.#failures) + 1;
    this.#lastFailureAt = now;
    if (this.#failures >= this.#limits.failureThreshold) this.#trip(`${this.#failures} failures in a row`);
  }

  /** What an error says about the service. */
  #judge(error: unknown, signal: AbortSignal | undefined): "ill" | "well" | "nothing" {
    if (signal?.aborted) return "nothing";
    if (error instanceof AppError) {
      if (error instanceof RejectedError) return "nothing";
      if (error instanceof TimeoutError) return "ill";
    }
    return this.#saysIll(error) ? "ill" : "well";
  }

  #saysIll(error: unknown): boolean {
    try {
      return this.#isFailure(error);
    } catch {
      return true;
    }
  }

  #areForgotten(now: number): boolean {
    return now - this.#lastFailureAt >= this.#limits.resetTimeout && this.#state === "CLOSED";
  }

  #trip(reason: string): void {
    // Not all processes shall try at the same instant.
    this.#openUntil = this.#now() + this.#limits.timeout * (1 + openTimeSpread * this.#random());
    this.#become("OPEN", reason);
  }

  #lookAtClock(): void {
    if (this.#state === "OPEN" && this.#now() >= this.#openUntil) this.#become("HALF_OPEN", "trying whether the service is back");
  }

  #become(to: CircuitState, reason: string): void {
    const from = this.#state;
    this.#state = to;
    this.#generation += 1;
    this.#probes = 0;
    this.#successes = 0;
    if (to === "CLOSED") this.#failures = 0;
    this.#onChange({ name: this.#name, from, to, reason });
  }

  #refusal(): CircuitOpenError {
    this.#rejected += 1;
    if (this.#state === "HALF_OPEN")
      return CircuitOpenError.about(`Circuit breaker is HALF_OPEN: ${this.#name} is being tried at this moment`, 1);
    if (this.#openUntil === Infinity)
      return CircuitOpenError.about(`Circuit breaker is OPEN: ${this.#name} was taken out by an operator`, 60);
    const seconds = Math.max(1, Math.ceil((this.#openUntil - this.#now()) / 1_000));
    return CircuitOpenError.about(`Circuit breaker is OPEN: ${this.#name} is tried again in ${seconds} s`, seconds);
  }

  #tooLong = (ms: number | undefined) => `${this.#name} did not answer within ${ms} ms`;
}
