import { circuitBreaker, ConsecutiveBreaker, handleAll } from "cockatiel";
import OpossumBreaker from "opossum";
import { CircuitBreaker } from "#platform/resilience/circuit-breaker.ts";
import type { Row } from "./row.ts";

const callsPerRound = 20_000;
const rounds = 15;

type Call = () => Promise<unknown>;
type Make = (work: Call) => { call: Call; open: () => Promise<void> };

/** What the work of a call comes to: nothing but an answer, or a failure. */
const well = async () => 1;
const failure = new Error("ill");
/** One in three fails: never so many in a row that anything opens. */
const sometimesIll = () => {
  let count = 0;
  return async () => {
    if (++count % 3 === 0) throw failure;
    return 1;
  };
};
const ill = async () => {
  throw failure;
};

const ours: Make = (work) => {
  const breaker = new CircuitBreaker("service", {});
  return { call: () => breaker.execute(work), open: async () => breaker.open() };
};
const opossum: Make = (work) => {
  // As fast as it can be: no timeout, no percentiles (which sort every time at each failure), and a share of failures that is not reached.
  const options = { timeout: false, rollingPercentilesEnabled: false, errorThresholdPercentage: 50, resetTimeout: 60_000 } as const;
  const breaker = new OpossumBreaker(work, options);
  return { call: () => breaker.fire(), open: async () => breaker.open() };
};
const cockatiel: Make = (work) => {
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) });
  const open = async () => {
    for (let failed = 0; failed < 5; failed++) await breaker.execute(ill).catch(() => undefined);
  };
  return { call: () => breaker.execute(work), open };
};

/** One call of a breaker around work that does nothing, awaited as the product awaits it. */
export async function benchBreaker(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [against, theirs] of [
    ["opossum", opossum],
    ["cockatiel", cockatiel],
  ] as const) {
    rows.push(await compare("One call that succeeds", against, theirs, () => well, false));
    rows.push(await compare("One call, of which one in three fails", against, theirs, sometimesIll, false));
    rows.push(await compare("One call that is rejected, the breaker open", against, theirs, () => well, true));
  }
  return rows;
}

async function compare(what: string, against: string, theirs: Make, makeWork: () => Call, opened: boolean): Promise<Row> {
  const [our, their]: [number[], number[]] = [[], []];
  // In turn, and the best of each: whatever else the machine does only slows.
  for (let round = 0; round < rounds; round++) {
    our.push(await perSecond(ours(makeWork()), opened));
    their.push(await perSecond(theirs(makeWork()), opened));
  }
  return { what, against, unit: "calls/s", ours: Math.max(...our), baseline: Math.max(...their), note: "" };
}

/** Of the processor's time. */
async function perSecond({ call, open }: ReturnType<Make>, opened: boolean): Promise<number> {
  if (opened) await open();
  let failed = 0;
  const before = process.cpuUsage();
  for (let count = 0; count < callsPerRound; count++) {
    try {
      await call();
    } catch {
      failed += 1;
    }
  }
  const { user, system } = process.cpuUsage(before);
  if (opened && failed !== callsPerRound) throw new Error("A call went through a breaker that is open");
  return (callsPerRound / (user + system)) * 1_000_000;
}
