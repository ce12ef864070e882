import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "#scripts/embedded-postgres/settings.ts";
import { fileEnd } from "./file-end.ts";

export interface ServerProcess {
  address: string;
  port: number;
  child: ChildProcess;
  /** What it wrote to its standard output so far. */
  output: () => string;
  /** Sends the signal and waits for the end. Answers its exit code, or null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const limits = Object.fromEntries(["AUTH", "API", "WRITE", "SENSITIVE"].map((preset) => [`RATE_LIMIT_${preset}`, "1000000/1m"]));

/** The server as a process of its own, on the database of the test's own server; answers when it is ready. */
export async function startServerProcess(
  database: { appUrl: string; ownerUrl: string },
  { env = {}, nodeOptions = [], port }: { env?: Record<string, string>; nodeOptions?: readonly string[]; port?: number } = {},
): Promise<ServerProcess> {
  fileEnd.signal.throwIfAborted();
  const ownPort = port ?? (await freePort());
  const settings = {
    NODE_ENV: "test",
    PORT: String(ownPort),
    LOG_LEVEL: "silent",
    SESSION_SECRET: "a secret that nothing but tests ever uses",
    DATABASE_URL: database.appUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    NODE_COMPILE_CACHE: "dist/compile-cache",
    ...limits,
    ...env,
  };
  const child = spawn(process.execPath, [...nodeOptions, "server/main.ts"], {
    env: { PATH: process.env["PATH"], ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  fileEnd.signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (output += text));
  const gone = once(child, "exit") as Promise<[number | null]>;
  const address = `http://127.0.0.1:${ownPort}`;
  const isReady = () =>
    fetch(`${address}/api/health?type=ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    fileEnd.signal.throwIfAborted();
    if (child.exitCode !== null) throw new Error(`The server ended with code ${child.exitCode}`);
    await sleep(20);
  }
  return {
    address,
    port: ownPort,
    child,
    output: () => output,
    end: async (signal) => {
      child.kill(signal);
      return (await gone)[0];
    },
  };
}
