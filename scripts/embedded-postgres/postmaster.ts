import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, truncateSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { endProcess, identify, type ProcessIdentity } from "../process-identity.ts";
import { processEnvironment, serverOptions } from "./cluster.ts";
import type { Place } from "./place.ts";

const run = promisify(execFile);
const logBytesMax = 50 * 1024 * 1024;

/** A database process that serves this very folder, left behind or not, with the port that it wrote down. */
export interface RunningPostmaster {
  readonly identity: ProcessIdentity;
  readonly port: number;
}

export function findPostmaster(clusterDir: string): RunningPostmaster | undefined {
  const pidFile = join(clusterDir, "postmaster.pid");
  if (!existsSync(pidFile)) return undefined;
  const [pid, , , port] = readFileSync(pidFile, "utf8").split("\n");
  const identity = identify(Number(pid));
  if (identity && serves(identity.pid, clusterDir)) return { identity, port: Number(port) };
  // Its number may belong to an unrelated process by now, and PostgreSQL would then refuse to start.
  rmSync(pidFile, { force: true });
  return undefined;
}

function serves(pid: number, clusterDir: string): boolean {
  try {
    if (existsSync("/proc/self/cwd")) {
      return realpathSync(readlinkSync(`/proc/${pid}/cwd`)) === realpathSync(clusterDir) && /postgres/.test(basename(commandLine(pid)));
    }
    const command = execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
    return command.includes("postgres") && command.includes(clusterDir);
  } catch {
    return false;
  }
}

function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] ?? "";
}

/** Starts the server in a session of its own: a Ctrl C in the terminal must not reach it before our server has drained. */
export async function startPostmaster(place: Place, port: number, durable: boolean): Promise<void> {
  const logFile = join(place.clusterDir, "server.log");
  keepLogSmall(logFile);
  const options = ["start", "-D", place.clusterDir, "-l", logFile, "-w", "-t", "120", "-s", "-o", serverOptions(port, durable)];
  for (let attempt = 1; ; attempt++) {
    try {
      await pgCtl(place, options);
      return;
    } catch (error) {
      // After a kill -9, the children of the old server hold its shared memory for a moment longer.
      if (attempt === 20 || !/shared memory block/.test(lastLines(logFile, 5))) throw startFailed(logFile, error);
      await sleep(250);
    }
  }
}

export async function stopPostmaster(place: Place, mode: "fast" | "immediate"): Promise<void> {
  const running = findPostmaster(place.clusterDir);
  if (!running) return;
  try {
    await pgCtl(place, ["stop", "-D", place.clusterDir, "-m", mode, "-w", "-t", mode === "fast" ? "30" : "5", "-s"]);
  } catch {
    await endProcess(running.identity, 1_000);
    // Killed, it left its pid file; where nobody collects dead processes, PostgreSQL would take its number for a living one.
    findPostmaster(place.clusterDir);
  }
}

/** Whether the server answers to this address; a stranger on the port does not know the password. */
export async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function pgCtl({ native, runAs }: Place, options: string[]): Promise<void> {
  await run(join(native, "bin", "pg_ctl"), options, { ...runAs, cwd: "/", env: processEnvironment() });
}

function keepLogSmall(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > logBytesMax) truncateSync(logFile);
}

function startFailed(logFile: string, cause: unknown): Error {
  return new Error(`PostgreSQL did not start. The last lines of ${logFile}:\n${lastLines(logFile, 8)}`, { cause });
}

function lastLines(file: string, count: number): string {
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n") : "";
}
