import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

// A rule that cannot fail holds nothing: each line of it is broken here on purpose, in a copy of the settings.

const forbidden: readonly [rule: string, file: string, imports: string][] = [
  ["contract imports no platform", "contract/planted.ts", "#platform/errors.ts"],
  ["contract imports no feature", "contract/planted.ts", "#features/ledger/post.ts"],
  ["contract imports no other package", "contract/planted.ts", "kysely"],
  ["contract does no input or output", "contract/planted.ts", "node:fs"],
  ["contract leaves its folder by no relative path", "contract/planted.ts", "../server/platform/errors.ts"],
  ["platform knows no feature", "server/platform/planted.ts", "#features/catalog/items.ts"],
  ["platform knows no feature by a relative path", "server/platform/database/planted.ts", "../../features/catalog/items.ts"],
  ["platform knows no configuration", "server/platform/planted.ts", "#server/config.ts"],
  ["platform knows no script", "server/platform/planted.ts", "#scripts/start.ts"],
  ["a feature imports no configuration", "server/features/catalog/planted.ts", "#server/config.ts"],
  ["a feature imports no app", "server/features/catalog/planted.ts", "#server/app.ts"],
  ["a feature imports no app by a relative path", "server/features/catalog/planted.ts", "../../app.ts"],
  ["a feature imports no other by a relative path", "server/features/purchasing/planted.ts", "../ledger/post.ts"],
  ["a feature imports no test", "server/features/catalog/planted.ts", "#tests/support/test-database.ts"],
  ["the ledger does not know purchasing", "server/features/ledger/planted.ts", "#features/purchasing/receive.ts"],
  ["the ledger does not know counting", "server/features/ledger/planted.ts", "#features/counting/count.ts"],
  ["the ledger does not know manufacturing", "server/features/ledger/planted.ts", "#features/manufacturing/order.ts"],
  ["the ledger does not know data exchange", "server/features/ledger/planted.ts", "#features/data-exchange/import.ts"],
  ["the ledger does not know the dashboard", "server/features/ledger/planted.ts", "#features/dashboard/figures.ts"],
  ["the ledger does not know identity", "server/features/ledger/planted.ts", "#features/identity/users.ts"],
  ["the catalog does not know the ledger", "server/features/catalog/planted.ts", "#features/ledger/post.ts"],
  ["sites do not know the ledger", "server/features/sites/planted.ts", "#features/ledger/post.ts"],
  ["settings do not know the ledger", "server/features/settings/planted.ts", "#features/ledger/post.ts"],
  ["alerts do not know the ledger", "server/features/alerts/planted.ts", "#features/ledger/post.ts"],
  ["the catalog does not know settings", "server/features/catalog/planted.ts", "#features/settings/rules.ts"],
  ["audit knows nobody", "server/features/audit/planted.ts", "#features/identity/users.ts"],
  ["operations do not know the ledger", "server/features/operations/planted.ts", "#features/ledger/post.ts"],
  ["operations do not know identity", "server/features/operations/planted.ts", "#features/identity/users.ts"],
  ["identity does not know the ledger", "server/features/identity/planted.ts", "#features/ledger/post.ts"],
  ["purchasing does not know counting", "server/features/purchasing/planted.ts", "#features/counting/count.ts"],
  ["counting does not know purchasing", "server/features/counting/planted.ts", "#features/purchasing/receive.ts"],
  ["manufacturing does not know identity", "server/features/manufacturing/planted.ts", "#features/identity/users.ts"],
  ["lots do not know purchasing", "server/features/lots/planted.ts", "#features/purchasing/receive.ts"],
  ["suggestions do not know transfers", "server/features/suggestions/planted.ts", "#features/transfers/send.ts"],
  ["transfers do not know counting", "server/features/transfers/planted.ts", "#features/counting/count.ts"],
  ["data exchange does not know purchasing", "server/features/data-exchange/planted.ts", "#features/purchasing/receive.ts"],
  ["the dashboard does not know purchasing", "server/features/dashboard/planted.ts", "#features/purchasing/receive.ts"],
  ["a feature that the rule does not name uses none", "server/features/planted/planted.ts", "#features/ledger/post.ts"],
  ["nothing imports main.ts", "server/planted.ts", "./main.ts"],
  ["only the process imports app.ts", "server/planted.ts", "./app.ts"],
  ["the server imports no web", "server/planted.ts", "#web/main.tsx"],
  ["web knows no server", "web/planted.ts", "#platform/errors.ts"],
  ["web knows no feature", "web/planted.ts", "#features/ledger/post.ts"],
  ["web knows no server by a relative path", "web/features/items/planted.ts", "../../../server/platform/errors.ts"],
  ["the environment is not had by an import", "server/platform/planted.ts", "node:process"],
];

const allowed: readonly [file: string, imports: string][] = [
  ["contract/planted.ts", "zod"],
  ["contract/planted.ts", "./primitives.ts"],
  ["server/platform/planted.ts", "#contract/errors.ts"],
  ["server/platform/http/planted.ts", "#platform/errors.ts"],
  ["server/features/purchasing/planted.ts", "#features/ledger/post.ts"],
  ["server/features/purchasing/planted.ts", "#features/catalog/items.ts"],
  ["server/features/purchasing/planted.ts", "#features/settings/rules.ts"],
  ["server/features/ledger/planted.ts", "#features/alerts/watch.ts"],
  ["server/features/alerts/planted.ts", "#features/settings/rules.ts"],
  ["server/features/ledger/planted.ts", "#features/sites/locations.ts"],
  ["server/features/catalog/planted.ts", "#features/audit/audit.ts"],
  ["server/features/operations/planted.ts", "#features/audit/audit.ts"],
  ["server/main.ts", "./app.ts"],
  ["web/planted.ts", "#contract/ledger.ts"],
  ["scripts/planted.ts", "#features/ledger/post.ts"],
];

const environmentForbidden = [
  "server/platform/planted.ts",
  "server/features/ledger/planted.ts",
  "server/app.ts",
  "contract/planted.ts",
  "web/planted.ts",
];
const environmentAllowed = ["server/config.ts", "scripts/planted.ts", "tests/planted.ts", "bench/planted.ts"];

const readsEnvironment = "export const port = process.env[`PORT`];\n";
const floatingPromise = "async function work(): Promise<void> {}\nexport const begin = (): void => {\n  work();\n};\n";
const takesAny = "export const planted = (value: any): string => String(value);\n";

/** Planted while the tests are named below, linted together, since a run of the linter costs more than a file. */
const planted = new Map<string, string>();
let findings: readonly string[] = [];
let folder: string;

function plant(file: string, text: string): () => string {
  const path = file.replace("planted.ts", `planted-${planted.size}.ts`);
  planted.set(path, text);
  return () => findings.filter((line) => line.startsWith(`${path}:`)).join("\n");
}

const importing = (file: string, imports: string) => plant(file, `import * as planted from "${imports}";\nexport { planted };\n`);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "dependency-rule-"));
  for (const file of [".oxlintrc.json", "tsconfig.json", "package.json"]) cpSync(file, join(folder, file));
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  for (const [file, text] of planted) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  findings = (await lint()).split("\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

for (const [rule, file, imports] of forbidden) {
  const found = importing(file, imports);
  test(`refused: ${rule}`, () => expect(found()).toContain("no-restricted-imports"));
}

for (const [file, imports] of allowed) {
  const found = importing(file, imports);
  test(`${file} may import ${imports}`, () => expect(found()).not.toContain("no-restricted-imports"));
}

for (const file of environmentForbidden) {
  const found = plant(file, readsEnvironment);
  test(`${file} does not read the environment`, () => expect(found()).toContain("no-process-env"));
}

for (const file of environmentAllowed) {
  const found = plant(file, readsEnvironment);
  test(`${file} may read the environment`, () => expect(found()).not.toContain("no-process-env"));
}

const unawaited = plant("server/platform/planted.ts", floatingPromise);
test("a promise that nobody waits for is found: the rules that need types are on", () =>
  expect(unawaited()).toContain("no-floating-promises"));

const anything = plant("server/platform/planted.ts", takesAny);
test("any is found", () => expect(anything()).toContain("no-explicit-any"));

function lint(): Promise<string> {
  return new Promise((done) =>
    execFile(resolve("node_modules/.bin/oxlint"), ["--format=unix"], { cwd: folder }, (_error, stdout, stderr) => done(stdout + stderr)),
  );
}
