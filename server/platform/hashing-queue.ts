import { ExternalServiceError } from "./errors.ts";

// Node's pool has 4 threads, which name look-ups and files need too. They belong to the process, and so does the queue.
const atOnceMax = 2;
const waitingMax = 50;
let atWork = 0;
const waiting: (() => void)[] = [];

/** How many wait for their turn. */
export const waitingToHash = (): number => waiting.length;

/** Runs what hashes a password, two at a time. Throws `503 SIGN_IN_BUSY` when too many wait already. */
export async function inHashingQueue<T>(work: () => Promise<T>): Promise<T> {
  await enter();
  try {
    return await work();
  } finally {
    leave();
  }
}

async function enter(): Promise<void> {
  if (atWork < atOnceMax) {
    atWork += 1;
    return;
  }
  if (waiting.length >= waitingMax)
    throw new ExternalServiceError("Too many people are signing in at the moment: try again", "SIGN_IN_BUSY");
  await new Promise<void>((turn) => void waiting.push(turn));
}

/** The place goes straight to the next in line. */
function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else atWork -= 1;
}
