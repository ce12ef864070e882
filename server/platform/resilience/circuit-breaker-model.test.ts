import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConflictError } from "#platform/errors.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { CircuitOpenError, TimeoutError } from "./errors.ts";

// Random histories of a breaker beside a model that knows nothing of how it works: it keeps the whole history as facts, and
// answers every question by reading it from the beginning of the present state.

const limits = { failureThreshold: 3, resetTimeout: 300, timeout: 600, successThreshold: 2, probesMax: 2, probeTimeout: 100 };

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

type Ending = "well" | "ill" | "mistake";
type Fact = { at: number; what: "call" | "gone"; call: number } | { at: number; what: "end"; call: number; how: Ending | "late" };

class Model {
  #facts: Fact[] = [];
  #phase: { state: "CLOSED" | "OPEN" | "HALF_OPEN" | "HELD"; since: number } = { state: "CLOSED", since: 0 };
  now = 0;

  /** Lets the clock go on instant by instant: what is due happens when it is due. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed++) {
      this.now += 1;
      for (const call of this.#underWay())
        if (this.now - this.#startOf(call) === limits.probeTimeout) this.#tell({ what: "end", call, how: "late" });
      this.#goOn();
    }
  }

  /** Whether a call that comes now is let through. */
  call(call: number): boolean {
    const { state } = this.#phase;
    const admitted = state === "CLOSED" || (state === "HALF_OPEN" && this.#underWay().length < limits.probesMax);
    if (admitted) this.#tell({ what: "call", call });
    return admitted;
  }

  end(call: number, how: Ending): void {
    if (!this.#ended(call)) this.#tell({ what: "end", call, how });
  }

  gone(call: number): void {
    if (!this.#ended(call)) this.#tell({ what: "gone", call });
  }

  open = () => this.#enter("HELD");
  close = () => this.#enter("CLOSED");
  automatic = () => this.#phase.state === "HELD" && this.#enter("HALF_OPEN");
  state = () => (this.#phase.state === "HELD" ? "OPEN" : this.#phase.state);

  #tell(fact: { what: "call" | "gone"; call: number } | { what: "end"; call: number; how: Ending | "late" }): void {
    this.#facts.push({ ...fact, at: this.now });
    this.#goOn();
  }

  #enter(state: "CLOSED" | "OPEN" | "HALF_OPEN" | "HELD"): void {
    this.#facts = this.#facts.filter(({ what }) => what === "end");
    this.#phase = { state, since: this.now };
  }

  #ended = (call: number) => this.#facts.some((fact) => fact.what === "end" && fact.call === call);
  #startOf = (call: number) => this.#facts.find((fact) => fact.what === "call" && fact.call === call)?.at ?? NaN;

  /** Probes that began in this state and have not ended. */
  #underWay(): number[] {
    if (this.#phase.state !== "HALF_OPEN") return [];
    const began = this.#facts.filter(({ what }) => what === "call").map(({ call }) => call);
    return began.filter((call) => !this.#ended(call));
  }

  /** The endings that say something: of calls that began in this state, and whose caller did not go away. */
  #endings(): { at: number; how: Ending | "late" }[] {
    return this.#facts.flatMap((fact) => {
      if (fact.what !== "end" || Number.isNaN(this.#startOf(fact.call))) return [];
      const gone = this.#facts.some(({ what, call }) => what === "gone" && call === fact.call);
      return gone ? [] : [{ at: fact.at, how: fact.how }];
    });
  }

  #goOn(): void {
    const endings = this.#endings();
    const isIll = ({ how }: { how: Ending | "late" }) => how === "ill" || how === "late";
    const { state, since } = this.#phase;
    if (state === "OPEN" && this.now - since >= limits.timeout) this.#enter("HALF_OPEN");
    if (state === "HALF_OPEN") {
      if (endings.some(isIll)) this.#enter("OPEN");
      else if (endings.length >= limits.successThreshold) this.#enter("CLOSED");
    }
    if (state === "CLOSED") {
      let row: number[] = [];
      for (const ending of endings) {
        if (!isIll(ending)) row = [];
        else row = ending.at - (row.at(-1) ?? -Infinity) >= limits.resetTimeout ? [ending.at] : [...row, ending.at];
      }
      if (row.length >= limits.failureThreshold) this.#enter("OPEN");
    }
  }
}

interface Call {
  end: (how: Ending) => void;
  leave: () => void;
  outcome: () => unknown;
}

/** A call of the real breaker, whose work ends when told; its outcome once there is one. */
function callOf(breaker: CircuitBreaker): Call {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  promise.catch(() => undefined);
  const caller = new AbortController();
  let outcome: unknown;
  void breaker
    .execute(() => promise, { signal: caller.signal })
    .then(
      (result) => (outcome = result),
      (error: unknown) => (outcome = error),
    );
  const errors = { ill: () => new Error("ill"), mistake: () => new ConflictError("TAKEN", "Taken") };
  return {
    end: (how) => (how === "well" ? resolve("well") : reject(errors[how]())),
    leave: () => caller.abort(new Error("gone")),
    outcome: () => outcome,
  };
}

const Step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("call" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      which: fc.nat(5),
      how: fc.constantFrom<Ending>("well", "ill", "ill", "mistake"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), which: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(1, 50, 99, 100, 299, 300, 599, 600) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("open" as const, "close" as const, "automatic" as const) }) },
);

test("whatever happens in whatever order, the breaker does what the model says", async () => {
  const seen = { OPEN: 0, CLOSED: 0, HALF_OPEN: 0, refused: 0, late: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(Step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const breaker = new CircuitBreaker("modelled", limits, { random: () => 0 });
      const model = new Model();
      const calls: Call[] = [];
      const told: unknown[] = [];
      const expected: unknown[] = [];
      const chosen = (which: number) => calls.length - 1 - (which % Math.max(1, calls.length));
      for (const step of steps) {
        if (step.do === "call") {
          const call = callOf(breaker);
          await vi.advanceTimersByTimeAsync(0);
          const admitted = model.call(calls.length);
          told.push(!(call.outcome() instanceof CircuitOpenError));
          expected.push(admitted);
          if (admitted) calls.push(call);
          else seen.refused += 1;
        } else if (step.do === "end" && calls.length > 0) {
          calls[chosen(step.which)]?.end(step.how);
          model.end(chosen(step.which), step.how);
        } else if (step.do === "leave" && calls.length > 0) {
          calls[chosen(step.which)]?.leave();
          model.gone(chosen(step.which));
        } else if (step.do === "pass") {
          model.pass(step.ms);
          await vi.advanceTimersByTimeAsync(step.ms);
        } else if (step.do === "open" || step.do === "close" || step.do === "automatic") {
          model[step.do]();
          breaker[step.do]();
        }
        await vi.advanceTimersByTimeAsync(0);
        const { state } = breaker.status();
        told.push(state);
        expected.push(model.state());
        seen[state] += 1;
      }
      expect(told).toEqual(expected);
      seen.late += calls.filter((call) => call.outcome() instanceof TimeoutError).length;
      // Nothing is left waiting for a service that never answers, once every probe's time is over.
      await vi.advanceTimersByTimeAsync(limits.probeTimeout);
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 1_000 },
  );
  // The histories led everywhere.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
});
