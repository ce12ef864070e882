import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadResult } from "./http-load.ts";

/** Runs the load generator in a process of its own. Throws when a request was refused. */
export async function httpLoad(load: { port: number; connections: number; seconds: number; requests: string[] }): Promise<LoadResult> {
  const result = JSON.parse(await run(process.execPath, [join(import.meta.dirname, "http-load.ts")], JSON.stringify(load))) as LoadResult;
  if (result.failed > 0) throw new Error(`${result.failed} of ${result.completed} requests failed`);
  return result;
}

/** Runs a command to its end and answers what it printed. */
export function run(command: string, args: readonly string[], input = "", env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${command} ended with ${code}: ${err || out}`))));
    child.stdin.end(input);
  });
}

export interface RunningServer {
  /** What the process has taken of the processor so far, in milliseconds: by itself, and in the kernel for it. */
  cpuMs(): { own: number; kernel: number };
  stop(): Promise<void>;
}

/** Of Linux: user and system time, in hundredths of a second (proc(5)). */
function cpuMsOf(pid: number): { own: number; kernel: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return { own: Number(fields[11]) * 10, kernel: Number(fields[12]) * 10 };
}

/** Starts a server under this Node and waits until it answers. */
export async function startServer(file: string, port: number, env: NodeJS.ProcessEnv): Promise<RunningServer> {
  const child: ChildProcess = spawn(
    process.execPath,
    [
      ...(process.env["BENCH_PROFILE"] ? ["--cpu-prof", `--cpu-prof-dir=${process.env["BENCH_PROFILE"]}`] : []),
      join(import.meta.dirname, file),
    ],
    {
      env: { ...process.env, ...env, PORT: String(port) },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  for (let tries = 0; ; tries++) {
    if (
      await fetch(`http://127.0.0.1:${port}/api/health?type=live`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    if (tries > 100) throw new Error(`${file} does not answer`);
    await new Promise((done) => setTimeout(done, 100));
  }
  return {
    cpuMs: () => cpuMsOf(child.pid ?? 0),
    stop: () =>
      new Promise((resolve) => {
        child.once("close", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}
