import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { TestServer } from "./test-app.ts";

const data = "../shared/data/adventureworks";

/** A bicycle maker's real data, which lies beside the project and not in it. */
export const isThere = existsSync(join(data, "Product.csv"));
/** For the name of a test that is skipped without it. */
export const because = isThere ? "" : ` (skipped: ${data} is absent)`;

/** The rows of one of its files, by their columns' names. */
export const rowsOf = (file: string): Record<string, string>[] =>
  parse(readFileSync(join(data, file)), { columns: true }) as Record<string, string>[];

interface Ended {
  code: number | null;
  output: string;
}

/** Runs the import commands over a copy of the files: beside them a report of bad rows may be written. */
export function adventureworksFor(server: TestServer) {
  const folder = mkdtempSync(join(tmpdir(), "adventureworks-"));
  if (isThere) cpSync(data, folder, { recursive: true });

  const run = (script: string, ...args: string[]): Promise<Ended> => {
    const child = spawn(process.execPath, [script, ...args], {
      env: { ...process.env, DATABASE_URL: server.appUrl, DATABASE_OWNER_URL: server.ownerUrl, INIT_CWD: process.cwd() },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    return new Promise((done) => child.once("close", (code) => done({ code, output })));
  };

  return {
    run,
    bring: (kind: string, file: string, mapping = kind): Promise<Ended> => {
      const source = ["--kind", kind, "--file", join(folder, file), "--mapping", `mappings/adventureworks/${mapping}.json`];
      return run("scripts/import.ts", ...source, "--tenant", "acme", "--site", "MAIN");
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Its output; a failure tells it. */
export function succeeded({ code, output }: Ended): string {
  if (code !== 0) throw new Error(`Ended with ${code}: ${output}`);
  return output;
}
