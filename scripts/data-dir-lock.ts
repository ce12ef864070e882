import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { identify, isStillRunning } from "./process-identity.ts";

/** Another living process keeps its data in this folder. */
export class DataDirInUseError extends Error {
  override readonly name = "DataDirInUseError";
}

export interface DataDirLock {
  /** Tells one who waits for the folder that this process is on its way out. */
  markStopping(): void;
  release(): void;
}

const LockFile = z.object({ pid: z.number().int(), bornAt: z.string(), stopping: z.boolean(), what: z.string() });
type LockFile = z.infer<typeof LockFile>;

/**
 * Makes this process the only one that uses `dataDir`, until it releases it or dies.
 * A holder that is stopping is waited for; one that lives on is a `DataDirInUseError`.
 */
export async function lockDataDir(dataDir: string, what: string, patienceMs = 2_000): Promise<DataDirLock> {
  const file = join(dataDir, "lock.json");
  const self = identify(process.pid);
  if (!self) throw new Error("The process table cannot be read: neither /proc nor ps answers");
  const own: LockFile = { ...self, stopping: false, what };
  const deadline = performance.now() + patienceMs;
  const stoppingDeadline = performance.now() + 45_000;

  while (!tryCreate(file, own)) {
    const holder = readLock(file);
    if (!holder || !isStillRunning(holder)) removeStale(file, holder);
    else if (performance.now() > (holder.stopping ? stoppingDeadline : deadline)) throw inUse(dataDir, holder);
    else await sleep(100);
  }
  return {
    markStopping: () => replace(file, { ...own, stopping: true }),
    release: () => {
      if (readLock(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

function inUse(dataDir: string, holder: LockFile): DataDirInUseError {
  return new DataDirInUseError(
    `${dataDir} is in use by ${holder.what} (process ${holder.pid}). Stop it (kill ${holder.pid}), or start this one with another DATA_DIR and PORT.`,
  );
}

/** A link is made whole or not at all, so nobody ever reads a half-written lock. */
function tryCreate(file: string, content: LockFile): boolean {
  const draft = `${file}.${process.pid}`;
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function replace(file: string, content: LockFile): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  renameSync(draft, file);
}

/** Moved aside first: of two that find the same stale lock, only one can move it, and a fresh one is put back. */
function removeStale(file: string, seen: LockFile | undefined): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readLock(aside);
  if (moved && moved.pid !== seen?.pid && isStillRunning(moved)) tryRestore(aside, file);
  rmSync(aside, { force: true });
}

function tryRestore(aside: string, file: string): void {
  try {
    linkSync(aside, file);
  } catch {
    // Someone else holds it by now.
  }
}

function readLock(file: string): LockFile | undefined {
  try {
    return LockFile.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}
