import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// Each command is a process of its own.
vi.setConfig({ testTimeout: 120_000 });

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer("import command");
  folder = mkdtempSync(join(tmpdir(), "import-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

function command(
  args: string[],
  env: NodeJS.ProcessEnv = { DATABASE_URL: server.appUrl, DATABASE_OWNER_URL: server.ownerUrl },
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, ["scripts/import.ts", ...args], { env: { PATH: process.env["PATH"], INIT_CWD: folder, ...env } });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((done) => child.once("close", (code) => done({ code, output, errors })));
}
const acme = ["--tenant", "Acme", "--site", "main"];
const countOf = async (table: string) =>
  (await server.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE tenant_id = $1`, [server.tenants.acme.id]))[0]
    ?.count;

test("a file comes in, by its name from where one stands", async () => {
  file("items.csv", "sku,name\nC-1,One\nC-2,Two\n");
  expect(await command(["--kind", "items", "--file", "items.csv", ...acme, "--user", "admin@acme.test"])).toMatchObject({
    code: 0,
    output: "items of acme: 2 rows read, 2 created, 0 changed, 0 unchanged, 0 bad\n",
  });
});

test("bad rows are listed in a file beside it; that file goes when they are mended", async () => {
  const before = await countOf("item");
  const path = file("bad.csv", 'sku,name,reorder_point\nD-1,One,1\nD-2,Two,"=1+1"\nD-3,"Com,ma ""quoted""",many\n');
  expect(await command(["--kind", "items", "--file", path, ...acme])).toMatchObject({
    code: 1,
    output: `items of acme: 3 rows read, 0 created, 0 changed, 0 unchanged, 2 bad
  line 3, reorder_point: Must be a number such as 12.5
  line 4, reorder_point: Must be a number such as 12.5
Every bad row, with its reason: ${path}.bad-rows.csv
Nothing was imported. Mend the rows, or leave them out with --skip-bad-rows
`,
  });
  expect(readFileSync(`${path}.bad-rows.csv`, "utf8")).toBe(
    "line,column,reason,value\n3,reorder_point,Must be a number such as 12.5,'=1+1\n4,reorder_point,Must be a number such as 12.5,many\n",
  );
  expect(await countOf("item")).toBe(before);

  expect(await command(["--kind", "items", "--file", path, ...acme, "--skip-bad-rows", "--dry-run"])).toMatchObject({
    code: 1,
    output: expect.stringContaining("1 created, 0 changed, 0 unchanged, 2 bad") as string,
  });
  expect(await countOf("item")).toBe(before);
  expect(await command(["--kind", "items", "--file", path, ...acme, "--skip-bad-rows"])).toMatchObject({ code: 1 });
  expect(await countOf("item")).toBe((before ?? 0) + 1);

  file("bad.csv", "sku,name,reorder_point\nD-1,One,1\n");
  expect(await command(["--kind", "items", "--file", path, ...acme])).toMatchObject({ code: 0 });
  expect(existsSync(`${path}.bad-rows.csv`)).toBe(false);
});

test("a mapping reads a file of another shape", async () => {
  const path = file("theirs.csv", "Nr;Bezeichnung;Gruppe;Aktiv;Regal;Fach\n7;Schraube;G1;J;A;1\n8;Mutter;;N;B;\n");
  file("groups.csv", "Id;Text\nG1;Befestigung\n");
  const mapping = file(
    "mapping.json",
    JSON.stringify({
      delimiter: ";",
      columns: { name: "Bezeichnung", active: "Aktiv" },
      constants: { tracking: "LOT" },
      templates: { sku: "ART-{Nr}" },
      lookups: { category: { file: "groups.csv", key: "Id", from: "Gruppe", value: "Text" } },
      values: { active: { J: "true", "*": "false" } },
    }),
  );
  expect(await command(["--kind", "items", "--file", path, "--mapping", mapping, ...acme])).toMatchObject({ code: 0 });
  expect(await server.sql("SELECT sku, name, category, tracking, active FROM item WHERE sku LIKE 'ART-%' ORDER BY sku")).toEqual([
    { sku: "ART-7", name: "Schraube", category: "Befestigung", tracking: "LOT", active: true },
    { sku: "ART-8", name: "Mutter", category: null, tracking: "LOT", active: false },
  ]);
  const places = file("places.json", JSON.stringify({ delimiter: ";", templates: { code: "{Regal}-{Fach}" } }));
  expect((await command(["--kind", "locations", "--file", path, "--mapping", places, ...acme])).output).toContain(
    "line 3, code: Fach is empty",
  );
  const lost = file(
    "lost.json",
    JSON.stringify({
      delimiter: ";",
      columns: { sku: "Nr", name: "Bezeichnung" },
      lookups: { category: { file: "groups.csv", key: "Id", from: "Nr", value: "Text" } },
    }),
  );
  expect((await command(["--kind", "items", "--file", path, "--mapping", lost, ...acme])).output).toContain(
    "line 2, category: groups.csv has no row with Id 7",
  );
});

test("what is wrong with the command is said in a sentence", async () => {
  const path = file("some.csv", "sku,name\nE-1,One\n");
  const says = async (...args: string[]) => {
    const { code, errors } = await command(args);
    expect(code).toBe(2);
    return errors.trim();
  };
  expect(await says()).toMatch(/^npm run import -- --kind units\|items/);
  expect(await says("--kind", "users", "--file", path)).toBe(
    "There is no kind users: units, items, locations, suppliers, supplier-items, boms, purchase-orders, opening-balances",
  );
  expect(await says("--kind", "items", "--file", "nowhere.csv")).toBe(`There is no file ${join(folder, "nowhere.csv")}`);
  expect(await says("--kind", "items", "--file", ".")).toBe(`${folder} is no file`);
  expect(await says("--kind", "items", "--file", path, "--colour", "red")).toContain("Unknown option '--colour'");
  expect(await says("--kind", "items", "--file", path)).toBe("There are several tenants. Say which with --tenant: acme, globex");
  expect(await says("--kind", "items", "--file", path, "--tenant", "umbrella")).toBe(
    "There is no tenant umbrella. There are: acme, globex",
  );
  expect(await says("--kind", "items", "--file", path, "--tenant", "acme", "--user", "viewer@acme.test")).toBe(
    "There is no active Admin viewer@acme.test. There are: admin@acme.test",
  );
  expect(await says("--kind", "items", "--file", path, "--tenant", "acme", "--site", "MOON")).toBe(
    "There is no site MOON. There are: MAIN, SECOND",
  );
  expect(await says("--kind", "items", "--file", path, "--mapping", file("no.json", "{ columns }"), ...acme)).toContain(
    "The mapping is not JSON",
  );
  expect(await says("--kind", "items", "--file", path, "--mapping", file("odd.json", '{ "colums": {} }'), ...acme)).toMatch(
    /The mapping is wrong\. .*"colums"/,
  );
  expect(
    await says(
      "--kind",
      "items",
      "--file",
      path,
      "--mapping",
      file("far.json", '{ "lookups": { "name": { "file": "../x.csv", "key": "a", "from": "sku", "value": "b" } } }'),
      ...acme,
    ),
  ).toContain("lookups.name.file: Must be the name of a file in the folder of the imported file");
  expect(await says("--kind", "items", "--file", path, "--mapping", file("gone.json", '{ "columns": { "sku": "SKU" } }'), ...acme)).toBe(
    'The mapping names a column "SKU" that the file does not have. It has sku, name',
  );
});

test("without a database it says how to get one", async () => {
  const { code, errors } = await command(["--kind", "items", "--file", file("some.csv", "sku,name\n")], {
    DATA_DIR: join(folder, "empty"),
  });
  expect(code).toBe(2);
  expect(errors).toContain("npm start makes one");
});
