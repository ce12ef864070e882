import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "#scripts/embedded-postgres/settings.ts";
import { findRedisServer } from "#scripts/redis-server.ts";

export interface TestRedis {
  url: string;
  /** Ends it without a word, as a crash does. */
  kill(): Promise<void>;
  /** Holds it: connections stay, answers do not come. */
  pause(): void;
  resume(): void;
  /** Again, empty, at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A real redis-server on a port of its own, which keeps nothing on disk. */
export async function startRedis(): Promise<TestRedis> {
  const path = findRedisServer();
  if (!path) throw new Error("npm test installs redis-server, or says how to");
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "test-redis-"));
  let server: ChildProcess | undefined;

  const start = async () => {
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
    server = spawn(path, args, { stdio: "ignore" });
    while (!(await answers(port))) {
      if (server.exitCode !== null) throw new Error(`redis-server ended with code ${server.exitCode}`);
      await sleep(10);
    }
  };
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    pause: () => void server?.kill("SIGSTOP"),
    resume: () => void server?.kill("SIGCONT"),
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const answers = (port: number) =>
  new Promise<boolean>((done) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const end = (answered: boolean) => {
      socket.destroy();
      done(answered);
    };
    socket.once("data", (data) => end(data.toString().startsWith("+PONG")));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });
