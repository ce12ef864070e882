import pg from "pg";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AppError, ConflictError } from "#platform/errors.ts";
import { createLogger } from "#platform/logger.ts";
import { provisionTenant, type TestTenant } from "#tests/support/fixtures.ts";
import { createTestDatabase } from "#tests/support/test-database.ts";
import { createDatabase, type Database, type DatabaseOptions } from "./database.ts";
import type { Tx } from "./transaction.ts";

let urls: { appUrl: string; ownerUrl: string; superuserUrl: string };
let owner: pg.Pool;
let superuser: pg.Pool;
let acme: TestTenant;
let globex: TestTenant;
const open: Database[] = [];

function openDatabase(options: Partial<DatabaseOptions> = {}): Database {
  const log = createLogger({ level: "silent" });
  const database = createDatabase({ url: urls.appUrl, connectionLimit: 4, poolTimeoutMs: 5_000, statementCacheSize: 500, log, ...options });
  open.push(database);
  return database;
}

beforeAll(async () => {
  urls = await createTestDatabase("database");
  owner = new pg.Pool({ connectionString: urls.ownerUrl, max: 4 });
  superuser = new pg.Pool({ connectionString: urls.superuserUrl, max: 2 });
  // The database may be dropped before their last connection is closed.
  for (const pool of [owner, superuser]) pool.on("error", () => undefined);
  acme = await provisionTenant(urls.ownerUrl, "acme");
  globex = await provisionTenant(urls.ownerUrl, "globex");
});
afterAll(async () => {
  await Promise.all(open.map((database) => database.close()));
  await Promise.all([owner.end(), superuser.end()]);
});

const pidOf = async (tx: Tx) => (await tx.sql<{ pid: number }>("SELECT pg_backend_pid() AS pid", []))[0]?.pid ?? 0;
const kill = async (pid: number) => {
  await superuser.query("SELECT pg_terminate_backend($1)", [pid]);
  await expect.poll(async () => (await superuser.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [pid])).rowCount).toBe(0);
};
const sitesSeen = async (tx: Tx) =>
  (await tx.sql<{ tenant_id: string }>("SELECT DISTINCT tenant_id FROM site", [])).map((row) => row.tenant_id);
const rename = (tx: Tx, siteId: string, name: string) => tx.sql("UPDATE site SET name = $2 WHERE id = $1", [siteId, name]);
const nameOf = async (siteId: string) =>
  (await owner.query<{ name: string }>("SELECT name FROM site WHERE id = $1", [siteId])).rows[0]?.name;
const refusal = async (work: Promise<unknown>): Promise<AppError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw new Error("An AppError was expected", { cause: error });
};

const refusalCode = (error: unknown) => (error instanceof AppError ? error.code : error);

describe("a transaction is run again when the database rolled it back for reasons of timing", () => {
  test("two that wait for each other: both end well", async () => {
    const database = openDatabase();
    const [first, second] = [acme.sites.main.id, acme.sites.second.id];
    let tries = 0;
    let arrived = 0;
    let bothHold: () => void = () => undefined;
    const meeting = new Promise<void>((done) => void (bothHold = done));
    const opposite = (one: string, other: string, name: string) =>
      database.withTenant(acme.id, async (tx) => {
        tries += 1;
        await rename(tx, one, name);
        if (++arrived === 2) bothHold();
        await meeting;
        await rename(tx, other, name);
      });
    await Promise.all([opposite(first, second, "forth"), opposite(second, first, "back")]);
    expect(tries).toBeGreaterThan(2);
    expect(await nameOf(first)).toBe(await nameOf(second));
  });

  test.each([
    ["40001", 3],
    ["40P01", 3],
    ["55P03", 2],
  ])("SQLSTATE %s is tried again, the whole of it", async (state, success) => {
    const database = openDatabase();
    let tries = 0;
    const answer = await database.withTenant(acme.id, async (tx) => {
      tries += 1;
      await rename(tx, acme.sites.main.id, `try ${tries}`);
      if (tries < success) await tx.sql(`DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '${state}'; END $$`, []);
      return tries;
    });
    expect(answer).toBe(success);
    expect(await nameOf(acme.sites.main.id)).toBe(`try ${success}`);
  });

  test("what never succeeds ends as 503 BUSY with a time to come back", async () => {
    const error = await refusal(
      openDatabase().withTenant(acme.id, (tx) => tx.sql("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$", [])),
    );
    expect(error).toMatchObject({ statusCode: 503, code: "BUSY", retryAfterSeconds: 1 });
  });

  test.each([3, { retries: 3 }])("withTransaction(work, %o) is run again three times at most", async (how) => {
    let tries = 0;
    const work = openDatabase().withTransaction((tx) => {
      tries += 1;
      return tx.sql("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$", []);
    }, how);
    expect([(await refusal(work)).code, tries]).toEqual(["BUSY", 4]);
  });

  test.each(["22012", "23514", "42601", "57014"])("SQLSTATE %s is not tried again", async (state) => {
    let tries = 0;
    await refusal(
      openDatabase().withTenant(acme.id, async (tx) => {
        tries += 1;
        await tx.sql(`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${state}'; END $$`, []);
      }),
    );
    expect(tries).toBe(1);
  });

  test("a refusal of ours is not tried again, and comes out as it is", async () => {
    let tries = 0;
    const work = openDatabase().withTenant(acme.id, async () => {
      tries += 1;
      throw new ConflictError("TAKEN", "Taken");
    });
    expect(await refusal(work)).toMatchObject({ code: "TAKEN" });
    expect(tries).toBe(1);
  });
});

describe("what is to be told after the commit", () => {
  test("is told once, when the work was run again", async () => {
    const told: number[] = [];
    let tries = 0;
    await openDatabase().withTenant(acme.id, async (tx) => {
      const current = ++tries;
      tx.afterCommit(() => void told.push(current));
      if (current < 3) await tx.sql("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$", []);
      expect(told).toEqual([]);
    });
    expect(told).toEqual([3]);
  });

  test.each<[string, (tx: Tx) => Promise<unknown>, { dryRun?: boolean }]>([
    ["the work was refused", () => Promise.reject(new ConflictError("NO", "no")), {}],
    ["its commit failed", (tx) => tx.sql("SELECT 1/0", []).catch(() => undefined), {}],
    ["it was only tried", () => Promise.resolve(), { dryRun: true }],
  ])("is not told where %s", async (_, work, how) => {
    let told = 0;
    const ended = openDatabase().withTenant(
      acme.id,
      async (tx) => {
        tx.afterCommit(() => void (told += 1));
        await work(tx);
      },
      how,
    );
    const outcome = await ended.then(
      () => "ended well",
      (error: unknown) => (error instanceof AppError ? "refused" : error),
    );
    expect(outcome).toBe(how.dryRun ? "ended well" : "refused");
    expect(told).toBe(0);
  });
});

test("a transaction that swallowed a failed statement is not told as saved", async () => {
  const work = openDatabase().withTenant(acme.id, async (tx) => {
    await rename(tx, acme.sites.main.id, "swallowed");
    await tx.sql("SELECT 1 / 0", []).catch(() => undefined);
  });
  expect(await refusal(work)).toMatchObject({ statusCode: 500, code: "DATABASE_ERROR" });
  expect(await nameOf(acme.sites.main.id)).not.toBe("swallowed");
});

describe("a connection that breaks", () => {
  test("before the commit: the work is run again on another one, and saved once", async () => {
    const database = openDatabase();
    const pids: number[] = [];
    await database.withTenant(acme.id, async (tx) => {
      const pid = await pidOf(tx);
      pids.push(pid);
      await tx.sql("INSERT INTO site (code, name) VALUES ('KILLED-ONCE', 'Once')", []);
      if (pids.length === 1) await kill(pid);
      await tx.sql("SELECT 1", []);
    });
    expect(new Set(pids).size).toBe(2);
    const { rows } = await owner.query("SELECT 1 FROM site WHERE code = 'KILLED-ONCE'");
    expect(rows).toHaveLength(1);
  });

  const killedWhileSaving = (repeatable: boolean) => {
    const told = { tries: 0 };
    const work = openDatabase().withTenant(
      acme.id,
      async (tx) => {
        told.tries += 1;
        if (told.tries === 1) await kill(await pidOf(tx));
      },
      { repeatable },
    );
    return { told, work };
  };

  test("while saving: the outcome is told as unknown, and the work is not run again", async () => {
    const { told, work } = killedWhileSaving(false);
    expect(await refusal(work)).toMatchObject({ statusCode: 503, code: "COMMIT_UNKNOWN" });
    expect(told.tries).toBe(1);
  });

  test("while saving: work that looks up by itself whether it was saved is run again", async () => {
    const { told, work } = killedWhileSaving(true);
    await work;
    expect(told.tries).toBe(2);
  });

  test.each<[string, { repeatable: boolean; tellers: number[]; told: string[] }]>([
    ["is told as unknown", { repeatable: false, tellers: [1], told: ["unknown of try 1"] }],
    ["is told as saved where the work finds that it was", { repeatable: true, tellers: [1], told: ["saved of try 1"] }],
    ["is told once where the work is done anew", { repeatable: true, tellers: [1, 2], told: ["saved of try 2"] }],
  ])("while saving: what is to be told after the commit %s", async (_, { repeatable, tellers, told }) => {
    const heard: string[] = [];
    let tries = 0;
    const work = openDatabase().withTenant(
      acme.id,
      async (tx) => {
        const current = ++tries;
        if (tellers.includes(current)) tx.afterCommit((outcome) => void heard.push(`${outcome} of try ${current}`));
        if (current === 1) await kill(await pidOf(tx));
      },
      { repeatable },
    );
    expect(await work.then(() => undefined, refusalCode)).toBe(repeatable ? undefined : "COMMIT_UNKNOWN");
    expect(heard).toEqual(told);
  });

  test("while it idles: the process goes on, and so does the next request", async () => {
    const database = openDatabase({ connectionLimit: 1 });
    const pid = await database.withTenant(acme.id, pidOf);
    await kill(pid);
    expect(await database.withTenant(acme.id, sitesSeen)).toEqual([acme.id]);
    await kill(await database.withTenant(acme.id, pidOf, { readOnly: true }));
    expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("during a single statement: it is asked again, and no error escapes into the process", async () => {
    const escaped: unknown[] = [];
    const listener = (error: unknown) => void escaped.push(error);
    process.on("uncaughtException", listener);
    try {
      const database = openDatabase({ connectionLimit: 1 });
      const asked = database.query<{ pg_sleep: unknown }>("SELECT pg_sleep(0.5)");
      const asleep = async () =>
        (
          await superuser.query<{ pid: number }>(
            "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(0.5)' AND state = 'active' AND datname = current_database()",
          )
        ).rows[0]?.pid;
      await expect.poll(asleep).toBeDefined();
      await kill((await asleep()) ?? 0);
      await asked;
      expect(escaped).toEqual([]);
    } finally {
      process.off("uncaughtException", listener);
    }
  });
});

describe("the next borrower of a connection never stands in another's transaction", () => {
  let database: Database;
  beforeEach(() => void (database = openDatabase({ connectionLimit: 1 })));

  const uses: [string, (tx: Tx) => Promise<unknown>, { readOnly?: boolean; dryRun?: boolean; tenantId?: string }][] = [
    ["a success", sitesSeen, {}],
    ["a beginning that fails", sitesSeen, { tenantId: "\0" }],
    ["a beginning that fails while reading", sitesSeen, { tenantId: "\0", readOnly: true }],
    ["a refusal", () => Promise.reject(new ConflictError("NO", "No")), {}],
    ["a failed statement", (tx) => tx.sql("SELECT 1 / 0", []), {}],
    ["a swallowed failure", (tx) => tx.sql("SELECT 1 / 0", []).catch(() => undefined), {}],
    ["a reading transaction", sitesSeen, { readOnly: true }],
    ["a swallowed failure while reading", (tx) => tx.sql("SELECT 1 / 0", []).catch(() => undefined), { readOnly: true }],
    ["a dry run", (tx) => rename(tx, acme.sites.main.id, "dry"), { dryRun: true }],
    ["a dry run with a swallowed failure", (tx) => tx.sql("SELECT 1 / 0", []).catch(() => undefined), { dryRun: true }],
    ["a dry run that a deferred check refuses", twoOfOneSerial, { dryRun: true }],
    ["a commit that a deferred check refuses", twoOfOneSerial, {}],
  ];

  test.each(uses)("after %s", async (_, work, how) => {
    await database.withTenant(acme.id, work, { ...how }).catch(() => undefined);
    expect(await database.query("SELECT current_tenant() AS tenant")).toEqual([{ tenant: null }]);
    expect(await database.withTransaction(sitesSeen)).toEqual([]);
    expect(await database.withTenant(globex.id, sitesSeen)).toEqual([globex.id]);
    await database.withTenant(globex.id, (tx) => rename(tx, globex.sites.main.id, "written after"));
    expect(await nameOf(globex.sites.main.id)).toBe("written after");
    expect(await nameOf(acme.sites.main.id)).not.toBe("dry");
  });

  async function twoOfOneSerial(tx: Tx): Promise<void> {
    const [item] = await tx.sql<{ id: string }>(
      "INSERT INTO item (sku, name, tracking) VALUES ('SERIAL-' || new_id(), 'Serial', 'SERIAL') RETURNING id",
      [],
    );
    const [lot] = await tx.sql<{ id: string }>("INSERT INTO lot (item_id, code) VALUES ($1, 'S-1') RETURNING id", [item?.id]);
    for (const location of ["A-01", "A-02"] as const) {
      await tx.sql("INSERT INTO inventory_balance (item_id, location_id, lot_id, status, on_hand) VALUES ($1, $2, $3, 'AVAILABLE', 1)", [
        item?.id,
        acme.sites.main.locations[location],
        lot?.id,
      ]);
    }
  }
});

describe("waiting for a connection is bounded", () => {
  test("beyond the longest wait: 503, about then and not many times later", async () => {
    const database = openDatabase({ connectionLimit: 1, poolTimeoutMs: 300 });
    const { letGo, held } = hold(database);
    const startedAt = performance.now();
    expect(await refusal(database.withTenant(acme.id, sitesSeen))).toMatchObject({ statusCode: 503, retryAfterSeconds: 1 });
    const waited = performance.now() - startedAt;
    letGo();
    await held;
    expect(waited).toBeLessThan(900);
  });

  test("beyond the longest wait of one who only reads: the same", async () => {
    const database = openDatabase({ connectionLimit: 1, poolTimeoutMs: 300 });
    const { letGo, held } = hold(database);
    await expect.poll(() => database.statistics().connections).toBe(1);
    const startedAt = performance.now();
    expect(await refusal(database.withTenant(acme.id, sitesSeen, { readOnly: true }))).toMatchObject({
      statusCode: 503,
      code: "DATABASE_BUSY",
      retryAfterSeconds: 1,
    });
    expect(performance.now() - startedAt).toBeLessThan(900);
    letGo();
    await held;
  });

  test("who writes waits once in all: for the writers before them, and then for those who read", async () => {
    const database = openDatabase({ connectionLimit: 2, poolTimeoutMs: 1_000 });
    const writer = hold(database);
    await expect.poll(() => database.statistics().connections).toBe(1);
    const readers = [hold(database, { readOnly: true }), hold(database, { readOnly: true })];
    await expect.poll(() => database.statistics()).toMatchObject({ connections: 2, idle: 0, waiting: 1 });
    const startedAt = performance.now();
    const waiting = refusal(database.withTenant(acme.id, sitesSeen));
    await new Promise((done) => setTimeout(done, 700));
    // Its connection goes to the second reader.
    writer.letGo();
    expect(await waiting).toMatchObject({ statusCode: 503, code: "DATABASE_BUSY", retryAfterSeconds: 1 });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    for (const { letGo } of readers) letGo();
    await Promise.all([writer, ...readers].map(({ held }) => held));
    // What came too late for it went back.
    expect(await database.withTenant(acme.id, sitesSeen)).toEqual([acme.id]);
    await expect.poll(() => database.statistics()).toMatchObject({ idle: 2, waiting: 0 });
  });

  test("beyond the longest queue: 503 at once", async () => {
    const database = openDatabase({ connectionLimit: 1, poolTimeoutMs: 5_000 });
    const { letGo, held } = hold(database);
    await expect.poll(() => database.statistics().connections).toBe(1);
    const queued = Array.from({ length: 50 }, () => database.withTenant(acme.id, sitesSeen));
    await expect.poll(() => database.statistics().waiting).toBe(50);
    const startedAt = performance.now();
    expect(await refusal(database.withTenant(acme.id, sitesSeen))).toMatchObject({ statusCode: 503, code: "DATABASE_BUSY" });
    expect(performance.now() - startedAt).toBeLessThan(500);
    letGo();
    await Promise.all([held, ...queued]);
  });

  function hold(database: Database, how: { readOnly?: boolean } = {}): { letGo: () => void; held: Promise<void> } {
    let letGo: () => void = () => undefined;
    const released = new Promise<void>((done) => void (letGo = done));
    return { letGo: () => letGo(), held: database.withTenant(acme.id, () => released, how) };
  }
});

test("a server that is not there is 503 DATABASE_UNAVAILABLE", async () => {
  const url = new URL(urls.appUrl);
  url.port = "1";
  expect(await refusal(openDatabase({ url: url.href }).query("SELECT 1"))).toMatchObject({ statusCode: 503, code: "DATABASE_UNAVAILABLE" });
});

test("every transaction has its limits set, whatever its role has, and leaves none behind", async () => {
  const name = new URL(urls.appUrl).pathname.slice(1);
  for (const limit of ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
    await superuser.query(`ALTER ROLE warehouse_app IN DATABASE ${name} SET ${limit} = '77s'`);
  const database = openDatabase({ connectionLimit: 1 });
  const limits = (tx: Tx) =>
    tx.sql(
      "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle",
      [],
    );
  expect(await database.withTenant(acme.id, limits)).toEqual([{ statement: "30s", lock: "3s", idle: "1min" }]);
  expect(await database.query("SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock")).toEqual(
    [{ statement: "77s", lock: "77s" }],
  );
});

test("a reading transaction cannot write", async () => {
  const work = openDatabase().withTenant(acme.id, (tx) => rename(tx, acme.sites.main.id, "read only"), { readOnly: true });
  await expect(work).rejects.toThrow(AppError);
  expect(await nameOf(acme.sites.main.id)).not.toBe("read only");
});

test("after the last query of a reading transaction nothing more can be asked in it, and the next borrower finds a clean connection", async () => {
  const database = openDatabase({ connectionLimit: 1 });
  const names = sql<{ name: string }>`SELECT name FROM site ORDER BY name`;
  const asked = database.withTenant(
    acme.id,
    async (tx) => {
      const found = await tx.last(names);
      await expect(tx.many(names)).rejects.toThrow("after the last one");
      return found;
    },
    { readOnly: true },
  );
  const alone = await asked;
  expect(alone.length).toBeGreaterThan(0);
  expect(await database.withTransaction((tx) => tx.many(names))).toEqual([]);
  expect(await database.withTenant(acme.id, async (tx) => [...(await tx.last(names)), ...(await tx.many(names))])).toEqual([
    ...alone,
    ...alone,
  ]);
});

test("of a transaction of one query the first is the last, if it reads only", async () => {
  const database = openDatabase({ connectionLimit: 1 });
  const names = sql<{ name: string }>`SELECT name FROM site ORDER BY name`;
  const twice = async (tx: Tx) => [await tx.first(names), await tx.first(names)];
  const reading = database.withTenant(acme.id, twice, { readOnly: true, oneQuery: true });
  await expect(reading).rejects.toThrow("after the last one");
  expect(await database.withTransaction((tx) => tx.many(names))).toEqual([]);
  expect(await database.withTenant(acme.id, twice, { oneQuery: true })).toHaveLength(2);
});

test("a last query that fails is told as itself, and harms nobody after it", async () => {
  const database = openDatabase({ connectionLimit: 1 });
  const failing = database.withTenant(acme.id, (tx) => tx.last(sql`SELECT 1 / 0`), { readOnly: true });
  await expect(failing).rejects.toMatchObject({ statusCode: 400 });
  expect(await nameOf(acme.sites.main.id)).not.toBe("");
});

test("a connection keeps no more prepared statements than the setting says", async () => {
  const database = openDatabase({ connectionLimit: 1, statementCacheSize: 3 });
  const names = await database.withTenant(acme.id, async (tx) => {
    for (let text = 0; text < 10; text++) await tx.sql(`SELECT ${text} AS number`, []);
    return await tx.many<{ statements: number }>(sql`SELECT count(*) AS statements FROM pg_prepared_statements`);
  });
  expect(names).toEqual([{ statements: 3 }]);
});

test("the same statement sent twice without waiting is no conflict", async () => {
  const database = openDatabase({ connectionLimit: 1 });
  const answers = await database.withTenant(acme.id, (tx) =>
    Promise.all([1, 2, 3].map((number) => tx.sql("SELECT $1::int AS number", [number]))),
  );
  expect(answers.flat()).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
});

test("a tenant that is no UUID is no tenant, and no SQL", async () => {
  await expect(openDatabase().withTenant("x'; DROP TABLE site; --", sitesSeen)).rejects.toThrow(Error);
  expect(await openDatabase().withTenant(acme.id, sitesSeen)).toEqual([acme.id]);
});
