import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { freePort } from "#scripts/embedded-postgres/settings.ts";
import { identify, isStillRunning, type ProcessIdentity } from "#scripts/process-identity.ts";

// npm start as a person runs it: begun, ended in every way, begun again.

interface Started {
  readonly child: ChildProcess;
  readonly address: string;
  output(): string;
}

let dataDir: string;
let port: number;
const started: Started[] = [];

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "start-"));
  port = await freePort();
});

afterEach(async () => {
  for (const { child } of started.splice(0)) await end(child, "SIGTERM");
  // Whatever a failed test left behind is found and stopped by one more start and stop.
  if (existsSync(join(dataDir, "postgres", "postmaster.pid"))) await end((await ready(start())).child, "SIGTERM");
  rmSync(dataDir, { recursive: true, force: true });
});

test("Ctrl C ends everything with code 0, and leaves nothing running; nothing warned anyone meanwhile", async () => {
  const first = await ready(start());
  const [server, database] = [serverProcess(), databaseProcess()];
  expect(await end(first.child, "SIGINT")).toBe(0);
  expect(first.output()).not.toMatch(/warning/i);
  expect([isStillRunning(server), isStillRunning(database)]).toEqual([false, false]);
  expect(existsSync(join(dataDir, "lock.json"))).toBe(false);
});

test("a terminal's Ctrl C reaches every process of the group at once: still one clean end", async () => {
  const { child } = await ready(start());
  process.kill(-child.pid!, "SIGINT");
  expect(await exitOf(child)).toBe(0);
});

test("after kill -9 of everything but the database, a start takes over and serves again", async () => {
  const first = await ready(start());
  const [server, database] = [serverProcess(), databaseProcess()];
  process.kill(-first.child.pid!, "SIGKILL");
  await exitOf(first.child);
  const second = await ready(start());
  expect(isStillRunning(server)).toBe(false);
  expect(databaseProcess()).toEqual(database);
  expect((await fetch(`${second.address}/api/health?type=ready`)).status).toBe(200);
});

test("after kill -9 of the first process alone, the rest stops by itself", async () => {
  const { child } = await ready(start());
  const [server, database] = [serverProcess(), databaseProcess()];
  child.kill("SIGKILL");
  await expect.poll(() => [isStillRunning(server), isStillRunning(database)], { timeout: 20_000 }).toEqual([false, false]);
});

test("when the server is killed, the database is stopped and the code says that it was no clean end", async () => {
  const { child } = await ready(start());
  const database = databaseProcess();
  process.kill(serverProcess().pid, "SIGKILL");
  expect(await exitOf(child)).toBe(1);
  expect(isStillRunning(database)).toBe(false);
});

test("when the database is killed, all the rest ends and says so, and a start recovers", async () => {
  const first = await ready(start());
  const server = serverProcess();
  process.kill(databaseProcess().pid, "SIGKILL");
  expect(await exitOf(first.child)).toBe(1);
  expect(first.output()).toContain("The database ended by itself");
  expect(isStillRunning(server)).toBe(false);
  expect((await fetch(`${(await ready(start())).address}/api/health?type=ready`)).status).toBe(200);
});

test("a second start on the same data or the same port is refused, says why, and does the first no harm", async () => {
  const first = await ready(start());
  const sameData = start({ PORT: String(await freePort()) });
  expect(await exitOf(sameData.child)).toBe(1);
  expect(sameData.output()).toMatch(new RegExp(`is in use by the server on port ${port} \\(process \\d+\\)`));
  const samePort = start({ DATA_DIR: join(dataDir, "other") });
  expect(await exitOf(samePort.child)).toBe(1);
  expect(samePort.output()).toContain(`Port ${port} is taken`);
  expect((await fetch(`${first.address}/api/health?type=ready`)).status).toBe(200);
});

test.each<[string, (command: Started) => void]>([
  ["Ctrl C", ({ child }) => process.kill(-child.pid!, "SIGINT")],
  ["the end of its terminal", ({ child }) => process.kill(-child.pid!, "SIGHUP")],
  ["kill -9 of its first process", ({ child }) => child.kill("SIGKILL")],
])("a command that started the database for itself stops it: %s", async (_what, stop) => {
  await end((await ready(start())).child, "SIGTERM");
  const command = start({}, ["scripts/run.mjs", "tests/recovery/use-database.ts"]);
  await expect.poll(() => command.output(), { timeout: 20_000 }).toContain("at work");
  const database = databaseProcess();
  stop(command);
  await expect.poll(() => isStillRunning(database), { timeout: 20_000 }).toBe(false);
  await expect.poll(() => existsSync(join(dataDir, "lock.json")), { timeout: 5_000 }).toBe(false);
});

test("the demo accounts and the session secret are kept, readable by their owner only", async () => {
  const first = await ready(start());
  const files = ["session-secret", "demo-credentials.json"].map((name) => join(dataDir, name));
  const before = files.map((file) => readFileSync(file, "utf8"));
  expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  await expect.poll(() => first.output()).toContain("admin@demo.test");
  await end(first.child, "SIGTERM");
  await ready(start());
  expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(before);
});

test.each([
  [
    "production without a secret",
    { NODE_ENV: "production" },
    "SESSION_SECRET environment variable is required. Generate a secure secret with: openssl rand -base64 32\n",
  ],
  [
    "production with a weak secret",
    { NODE_ENV: "production", SESSION_SECRET: "weak" },
    "SESSION_SECRET must be at least 32 characters long for security\n",
  ],
  ["a weak secret anywhere", { SESSION_SECRET: "weak" }, "SESSION_SECRET must be at least 32 characters long for security\n"],
  ["half a database", { DATABASE_URL: "postgres://app@127.0.0.1/warehouse" }, /^DATABASE_OWNER_URL is missing/],
  ["a port that is none", { PORT: "many" }, /^PORT must be a whole number/],
])("%s is refused before anything is started", async (_what, environment, complaint) => {
  const refused = start(environment);
  expect(await exitOf(refused.child)).toBe(1);
  expect(refused.output()).toMatch(complaint);
  expect(existsSync(join(dataDir, "postgres"))).toBe(false);
  expect(existsSync(join(dataDir, "session-secret"))).toBe(false);
});

function start(environment: Record<string, string> = {}, script = ["scripts/start.mjs"]): Started {
  const child = spawn(process.execPath, script, {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { PATH: process.env["PATH"], DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: "error", ...environment },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const begun = { child, address: `http://127.0.0.1:${port}`, output: () => output };
  started.push(begun);
  return begun;
}

async function ready(begun: Started): Promise<Started> {
  while (!begun.output().includes("is ready")) {
    if (begun.child.exitCode !== null) throw new Error(`It ended before it was ready:\n${begun.output()}`);
    await sleep(20);
  }
  return begun;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  return exitOf(child);
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  // Not "close": a server that outlives it holds the same pipe. What it wrote itself is here in a moment.
  await sleep(50);
  return child.exitCode;
}

function serverProcess(): ProcessIdentity {
  return z.object({ pid: z.number(), bornAt: z.string() }).parse(JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8")));
}

function databaseProcess(): ProcessIdentity {
  const found = identify(Number(readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8").split("\n")[0]));
  if (!found) throw new Error("The database does not run");
  return found;
}
