import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export interface GroupLimits {
  /** Says that the work is done, so that only the end is missing. */
  isDone: () => boolean;
  /** How long the end may take once the work is done. */
  endMs: number;
  /** How long the whole may take. */
  wholeMs: number;
  log: (line: string) => void;
}

/**
 * Runs a command of this Node as the head of its own process group, and answers its exit code.
 * Whatever it started is ended with it: what it left behind would hold the output open, and whoever reads that would wait for ever.
 * A command that does not end in time is ended, and counts as failed (1).
 */
export async function runGroup(args: readonly string[], limits: GroupLimits): Promise<number> {
  const head = spawn(process.execPath, args, { stdio: "inherit", detached: true });
  const pass = (signal: NodeJS.Signals) => signalGroup(head, signal);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, pass);
  const ended = new Promise<number>((done) => {
    head.once("error", () => done(1));
    head.once("exit", (code) => done(code ?? 1));
  });
  const late = new AbortController();
  const code = await Promise.race([ended, endWhenLate(head, limits, late.signal)]);
  late.abort();
  signalGroup(head, "SIGKILL");
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, pass);
  return code;
}

async function endWhenLate(head: ChildProcess, { isDone, endMs, wholeMs, log }: GroupLimits, ended: AbortSignal): Promise<number> {
  const startedAt = performance.now();
  let doneAt = Infinity;
  const tooLate = () => {
    const now = performance.now();
    if (doneAt === Infinity && isDone()) doneAt = now;
    if (now - doneAt > endMs) return `The work was done ${endMs / 1000} s ago, and its process has not ended`;
    return now - startedAt > wholeMs ? `Not done within ${wholeMs / 1000} s` : undefined;
  };
  for (;;) {
    await sleep(Math.min(500, endMs / 2), undefined, { ref: false, signal: ended }).catch(() => undefined);
    if (ended.aborted) return 1;
    const reason = tooLate();
    if (!reason) continue;
    log(`${reason}: it is ended here, and counts as failed`);
    // Asked first: it may hold servers in groups of their own, which only it can end.
    signalGroup(head, "SIGTERM");
    await sleep(Math.min(5_000, endMs));
    return 1;
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Nobody is left in it.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
