import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSettings } from "./settings.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "settings-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("DATA_DIR is ours alone; PostgreSQL's user may pass through the folders that are made on the way to it", async () => {
  const dataDir = join(folder, "with spaces", "data");
  expect((await startSettings({ DATA_DIR: dataDir }, [])).dataDir).toBe(dataDir);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "with spaces")).mode & 0o777).toBe(0o777 & ~process.umask());
});

test.each(["file", "file/below"])("a DATA_DIR that cannot be made is named, with the reason and what to do: %s", async (wanted) => {
  writeFileSync(join(folder, "file"), "");
  await expect(startSettings({ DATA_DIR: join(folder, wanted) }, [])).rejects.toThrow(
    /^DATA_DIR .*file.* cannot be used: .*\. Give DATA_DIR a folder that you may write to$/,
  );
});

test("in production no secret is made: the start is refused, and leaves nothing behind", async () => {
  const dataDir = join(folder, "data");
  await expect(startSettings({ DATA_DIR: dataDir, NODE_ENV: "production" }, [])).rejects.toThrow(
    "SESSION_SECRET environment variable is required. Generate a secure secret with: openssl rand -base64 32",
  );
  expect(existsSync(dataDir)).toBe(false);
});
