import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { DataDirInUseError } from "#scripts/data-dir-lock.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "#scripts/embedded-postgres/start.ts";

// The built-in database's promises, on real servers and real signals.

let dataDir: string;
let lines: string[];
const cleanUp: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "embedded-"));
  lines = [];
});

afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
  rmSync(dataDir, { recursive: true, force: true });
});

test("a restart keeps the data, the port and the passwords", async () => {
  const first = await start();
  await query(first.ownerUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
  await first.stop();
  const second = await start();
  expect(second.ownerUrl).toBe(first.ownerUrl);
  expect(await query(second.ownerUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
});

test("after kill -9 of its server, the running database is taken over", async () => {
  const { child, ownerUrl } = await holdElsewhere();
  await query(ownerUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
  const before = postmasterPid();
  await killHard(child);
  const taken = await start();
  expect(postmasterPid()).toBe(before);
  expect(lines.join()).toContain("taking it over");
  expect(await query(taken.ownerUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
});

test("a database process that no longer answers is stopped and replaced", async () => {
  const { child, ownerUrl } = await holdElsewhere();
  await query(ownerUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
  await killHard(child);
  const before = postmasterPid();
  process.kill(before, "SIGSTOP");
  const replaced = await start();
  expect(postmasterPid()).not.toBe(before);
  expect(await query(replaced.ownerUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
});

test("after kill -9 of the database itself, a start recovers what was committed", async () => {
  const { child, ownerUrl } = await holdElsewhere("durable");
  await query(ownerUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
  process.kill(postmasterPid(), "SIGKILL");
  await killHard(child);
  const recovered = await start();
  expect(await query(recovered.ownerUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
});

test("a stale postmaster.pid with the number of an unrelated living process does not hinder a start", async () => {
  const first = await start();
  await first.stop();
  writeFileSync(pidFile(), `${process.pid}\n${join(dataDir, "postgres")}\n1\n1\n\n127.0.0.1\n0\nready\n`);
  const second = await start();
  expect(await query(second.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  expect(postmasterPid()).not.toBe(process.pid);
});

test("a half-made cluster is made anew", async () => {
  const draft = join(dataDir, "postgres.new");
  mkdirSync(draft);
  writeFileSync(join(draft, "PG_VERSION"), "18\n");
  const database = await start();
  expect(await query(database.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  expect(existsSync(draft)).toBe(false);
});

test("files that are no cluster are never removed to make one", async () => {
  mkdirSync(join(dataDir, "postgres"));
  writeFileSync(join(dataDir, "postgres", "precious"), "data");
  await expect(start()).rejects.toThrow("no PostgreSQL data");
  expect(readFileSync(join(dataDir, "postgres", "precious"), "utf8")).toBe("data");
});

test("a cluster whose passwords are gone is left alone, and the start says what to do", async () => {
  await (await start()).stop();
  rmSync(join(dataDir, "database.json"));
  await expect(start()).rejects.toThrow(/holds a database whose passwords were in .*database\.json, which is gone/);
  expect(existsSync(join(dataDir, "database.json"))).toBe(false);
});

test("a start that fails after the database came up stops it again", async () => {
  await (await start()).stop();
  const file = join(dataDir, "database.json");
  const settings = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, "utf8")));
  writeFileSync(file, JSON.stringify({ ...settings, superuserPassword: "another" }));
  await expect(start()).rejects.toThrow("password authentication failed");
  expect(existsSync(pidFile())).toBe(false);
});

test("a second start on the folder of a living server is refused, and the first goes on", async () => {
  const { child, ownerUrl } = await holdElsewhere();
  await expect(start({ patienceMs: 100 })).rejects.toThrow(DataDirInUseError);
  await expect(start({ patienceMs: 100 })).rejects.toThrow(new RegExp(`in use by .* \\(process ${child.pid}\\)`));
  expect(await query(ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("a lock whose process number belongs to another process by now is stale", async () => {
  writeFileSync(
    join(dataDir, "lock.json"),
    JSON.stringify({ pid: process.pid, bornAt: "long ago", stopping: false, what: "an old server" }),
  );
  const database = await start({ patienceMs: 0 });
  expect(await query(database.ownerUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("two folders are two databases, side by side", async () => {
  const other = join(dataDir, "other");
  const [one, two] = await Promise.all([start(), start({ dataDir: other })]);
  await query(one.ownerUrl, "CREATE TABLE only_here (id int)");
  expect(await query(two.ownerUrl, "SELECT to_regclass('only_here') AS found")).toEqual([{ found: null }]);
});

test("when another program took its port, the database takes a new one and keeps that", async () => {
  const first = await start();
  await first.stop();
  const port = Number(new URL(first.ownerUrl).port);
  const squatter = createServer().listen(port, "127.0.0.1");
  await once(squatter, "listening");
  const second = await start();
  expect(new URL(second.ownerUrl).port).not.toBe(String(port));
  await second.stop();
  squatter.close();
  expect((await start()).ownerUrl).toBe(second.ownerUrl);
});

test("passwords and data are readable by their owner only", async () => {
  const database = await start();
  expect(statSync(join(dataDir, "database.json")).mode & 0o777).toBe(0o600);
  expect(statSync(database.where).mode & 0o777).toBe(0o700);
});

test("the application's role owns nothing, bypasses nothing, and every wait of it has an end", async () => {
  const { appUrl } = await start();
  expect(
    await query(appUrl, "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"),
  ).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreatedb: false, rolcreaterole: false }]);
  expect(
    await query(
      appUrl,
      "SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') ORDER BY name",
    ),
  ).toEqual([
    { name: "idle_in_transaction_session_timeout", setting: "60000" },
    { name: "lock_timeout", setting: "10000" },
    { name: "statement_timeout", setting: "30000" },
  ]);
  await expect(query(appUrl, "CREATE TABLE mine (id int)")).rejects.toThrow("permission denied");
});

test("a wrong password is refused, and only this machine can connect", async () => {
  const { appUrl, superuserUrl } = await start();
  const wrong = new URL(appUrl);
  wrong.password = "wrong";
  await expect(query(wrong.href, "SELECT 1")).rejects.toThrow("password authentication failed");
  expect(await query(superuserUrl, "SHOW listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
});

test("a durable server waits for the disk, a test server does not", async () => {
  const durable = await start({ durable: true });
  expect(
    await query(durable.superuserUrl, "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit"),
  ).toEqual([{ fsync: "on", commit: "on" }]);
  await durable.stop();
  expect(await query((await start()).superuserUrl, "SHOW fsync")).toEqual([{ fsync: "off" }]);
});

async function start(options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}): Promise<EmbeddedPostgres> {
  const database = await startEmbeddedPostgres({ dataDir, log: (line) => lines.push(line), durable: false, ...options });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= database.stop());
  cleanUp.push(stop);
  return { ...database, stop };
}

/** The same folder, held by another process. */
async function holdElsewhere(durable = ""): Promise<{ child: ChildProcess; ownerUrl: string }> {
  const child = spawn(process.execPath, ["tests/recovery/hold-database.ts", dataDir, durable], { stdio: ["ignore", "pipe", "inherit"] });
  cleanUp.push(async () => {
    await killHard(child);
    const leftover = await startEmbeddedPostgres({ dataDir, log: () => undefined, durable: false });
    await leftover.stop();
  });
  const [line] = z.tuple([z.instanceof(Buffer)]).parse(await once(child.stdout, "data"));
  return { child, ...z.object({ ownerUrl: z.string() }).parse(JSON.parse(line.toString())) };
}

async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

function pidFile(): string {
  return join(dataDir, "postgres", "postmaster.pid");
}

function postmasterPid(): number {
  return Number(readFileSync(pidFile(), "utf8").split("\n")[0]);
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
