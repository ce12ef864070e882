import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { endProcess, identify, isStillRunning } from "../process-identity.ts";
import type { StartSettings } from "./settings.ts";

const graceMs = 45_000;
const readyWithinMs = 60_000;

export interface ServerProcess {
  readonly address: string;
  /** Its exit code, once it has ended for whatever reason. */
  readonly ended: Promise<number>;
  /** Waits until the server says that it is ready; false when it ended instead. */
  waitUntilReady(): Promise<boolean>;
  /** Lets requests in flight finish. */
  drain(): Promise<number>;
  /** Now. */
  kill(): void;
}

/** Starts server/main.ts under the Node that runs this, in a group of its own: a Ctrl C reaches it once, through us. */
export function startServer({ environment, dataDir, host, port }: StartSettings): ServerProcess {
  const env = { NODE_COMPILE_CACHE: "dist/compile-cache", ...environment };
  const child = spawn(process.execPath, ["server/main.ts"], { env, stdio: ["ignore", "inherit", "inherit"], detached: true });
  const recordFile = record(dataDir, child);
  const ended = exitOf(child).finally(() => rmSync(recordFile, { force: true }));
  const address = `http://${reachable(host)}:${port}`;
  let running = true;
  void ended.then(() => (running = false));
  return {
    address,
    ended,
    waitUntilReady: () => waitUntilReady(address, () => running),
    drain: () => drain(child, ended),
    kill: () => void child.kill("SIGKILL"),
  };
}

/** A server whose starter was killed would keep the port and an old database connection. */
export async function endLeftBehindServer(dataDir: string, log: (line: string) => void): Promise<void> {
  const file = join(dataDir, "server.json");
  if (!existsSync(file)) return;
  const left = z.object({ pid: z.number(), bornAt: z.string() }).safeParse(parseOrNothing(readFileSync(file, "utf8"))).data;
  if (left && isStillRunning(left)) {
    log(`A server that was left behind (process ${left.pid}) is stopped`);
    await endProcess(left, 5_000);
  }
  rmSync(file, { force: true });
}

/** Throws when the server could not listen there. On macOS a listener on every interface does not refuse a second one, but answers. */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const problem = await problemOfListening(host, port);
  if (problem === "EADDRINUSE" || (!problem && (await somebodyListens(reachable(host), port))))
    throw new Error(`Port ${port} is taken by another program. Choose another one: PORT=${port + 1} npm start`);
  if (problem === "EACCES") throw new Error(`Port ${port} is kept for privileged users. Choose another one: PORT=3000 npm start`);
  if (problem) throw new Error(`HOST ${host} is no address of this machine (${problem}). Leave HOST out to listen on 127.0.0.1`);
}

function problemOfListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    probe.listen(port, host, () => probe.close(() => done(undefined)));
  });
}

function record(dataDir: string, child: ChildProcess): string {
  const file = join(dataDir, "server.json");
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity) writeFileSync(file, JSON.stringify(identity), { mode: 0o600 });
  return file;
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((done) => {
    child.once("error", (error) => {
      console.error(`The server could not be started: ${error.message}`);
      done(1);
    });
    // Told to stop before it could listen to signals, it ends by the signal itself.
    child.once("exit", (code, signal) => done(code ?? (signal === "SIGTERM" ? 0 : 1)));
  });
}

async function drain(child: ChildProcess, ended: Promise<number>): Promise<number> {
  child.kill("SIGTERM");
  const impatient = setTimeout(() => child.kill("SIGKILL"), graceMs);
  return ended.finally(() => clearTimeout(impatient));
}

async function waitUntilReady(address: string, isRunning: () => boolean): Promise<boolean> {
  const deadline = performance.now() + readyWithinMs;
  while (isRunning()) {
    if (await isReady(address)) return true;
    if (performance.now() > deadline)
      throw new Error(`The server did not become ready within ${readyWithinMs / 1_000} s: see its lines above`);
    await sleep(50);
  }
  return false;
}

async function isReady(address: string): Promise<boolean> {
  try {
    const answer = await fetch(`${address}/api/health?type=ready`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok;
  } catch {
    return false;
  }
}

function somebodyListens(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const answer = (listens: boolean) => {
      socket.destroy();
      done(listens);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
    socket.once("timeout", () => answer(false));
  });
}

/** An address to call: "every interface" is none. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host;
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
