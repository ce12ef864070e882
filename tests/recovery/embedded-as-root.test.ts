import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "#scripts/embedded-postgres/start.ts";

// PostgreSQL refuses to be root, so a root's start hands it to another user.

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? "" : " (only root can try this: skipped)";
let database: EmbeddedPostgres | undefined;
const folders: string[] = [];

afterEach(async () => {
  await database?.stop();
  database = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!isRoot)(`started by root, the data belongs to an unprivileged user${asRoot}`, async () => {
  const folder = newFolder(0o755);
  database = await start(folder);
  expect(database.moved).toBe(false);
  expect(database.where).toBe(join(folder, "postgres"));
  expect(statSync(database.where).uid).not.toBe(0);
});

test.skipIf(!isRoot)(
  `from a folder that only root can enter, the data goes where that user can go, and the start says so${asRoot}`,
  async () => {
    const folder = newFolder(0o700);
    const dataDir = join(folder, "below", ".data");
    database = await start(dataDir);
    expect(database.moved).toBe(true);
    expect(database.where).toMatch(/^\/var\/lib\/warehouse-builder\/[0-9a-f]{16}\/postgres$/);
    folders.push(dirname(database.where));
    expect(existsSync(join(dataDir, "postgres"))).toBe(false);
    expect(statSync(join(dataDir, "database.json")).mode & 0o777).toBe(0o600);

    const { where, ownerUrl } = database;
    await database.stop();
    database = await start(dataDir);
    expect({ where: database.where, ownerUrl: database.ownerUrl }).toEqual({ where, ownerUrl });
  },
);

test.skipIf(!isRoot)(`data that went elsewhere is found again when the way to the folder is open${asRoot}`, async () => {
  const folder = newFolder(0o700);
  const dataDir = join(folder, ".data");
  database = await start(dataDir);
  const { where } = database;
  folders.push(dirname(where));
  await database.stop();
  chmodSync(folder, 0o755);
  database = await start(dataDir);
  expect(database.where).toBe(where);
});

test.skipIf(!isRoot)(
  `data that went elsewhere is asked for when its folder was moved, and found where it is told to be${asRoot}`,
  async () => {
    const folder = newFolder(0o700);
    database = await start(join(folder, "before"));
    const { where, ownerUrl } = database;
    folders.push(dirname(where));
    await database.stop();
    database = undefined;
    renameSync(join(folder, "before"), join(folder, "after"));
    const refusal = await start(join(folder, "after")).then(() => "started", String);
    const [, told = ""] = new RegExp(`is in ${where}, .* Move it to (\\S+),`).exec(refusal) ?? [];
    folders.push(dirname(told));
    renameSync(where, told);
    database = await start(join(folder, "after"));
    expect({ where: database.where, ownerUrl: database.ownerUrl }).toEqual({ where: told, ownerUrl });
  },
);

test.skipIf(!isRoot)(`data whose way was closed is not replaced by an empty database${asRoot}`, async () => {
  const folder = newFolder(0o755);
  const dataDir = join(folder, ".data");
  database = await start(dataDir);
  await database.stop();
  database = undefined;
  chmodSync(folder, 0o700);
  await expect(start(dataDir)).rejects.toThrow(/can no longer enter/);
});

function newFolder(mode: number): string {
  const folder = mkdtempSync(join(tmpdir(), "embedded-root-"));
  chmodSync(folder, mode);
  folders.push(folder);
  return folder;
}

function start(dataDir: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, log: () => undefined, durable: false });
}
