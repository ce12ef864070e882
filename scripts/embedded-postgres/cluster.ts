import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { majorVersion } from "./binaries.ts";
import { giveTo, type Place } from "./place.ts";
import { superuser } from "./settings.ts";

const run = promisify(execFile);

/**
 * Makes the cluster unless a whole one is there. It is made under another name and then renamed:
 * what an interrupted start left half-made never carries the real name.
 */
export async function ensureCluster(place: Place, superuserPassword: string, durable: boolean): Promise<"made" | "found"> {
  const { clusterDir, native, runAs } = place;
  if (existsSync(join(clusterDir, "PG_VERSION"))) {
    requireSameMajor(clusterDir, native);
    return "found";
  }
  if (existsSync(clusterDir)) removeEmptyFolder(clusterDir);

  const draft = `${clusterDir}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  giveTo(runAs, draft);
  const passwordFile = `${clusterDir}.password`;
  writeFileSync(passwordFile, superuserPassword, { mode: 0o600 });
  giveTo(runAs, passwordFile);
  try {
    await run(join(native, "bin", "initdb"), initdbArguments(draft, passwordFile, durable), {
      ...runAs,
      cwd: "/",
      env: processEnvironment(),
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, clusterDir);
  return "made";
}

/** Never more than an empty folder: what holds files but no PG_VERSION may be somebody's damaged data. */
function removeEmptyFolder(folder: string): void {
  if (readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty, and is no PostgreSQL data either: look at it, and move it away`);
  rmdirSync(folder);
}

function initdbArguments(folder: string, passwordFile: string, durable: boolean): string[] {
  return [
    `--pgdata=${folder}`,
    `--username=${superuser}`,
    "--auth=scram-sha-256",
    `--pwfile=${passwordFile}`,
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    ...(durable ? [] : ["--no-sync"]),
  ];
}

function requireSameMajor(clusterDir: string, native: string): void {
  const made = readFileSync(join(clusterDir, "PG_VERSION"), "utf8").trim();
  const have = majorVersion(native);
  if (made === have) return;
  throw new Error(
    `The data in ${dirname(clusterDir)} was made by PostgreSQL ${made}; this version brings ${have}. Make a backup with the version that made it, and restore it here.`,
  );
}

/** What PostgreSQL's programs see: nothing of our own settings or secrets. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}

/** The server's settings as command-line options, so that a new version of ours brings new ones to an old cluster. */
export function serverOptions(port: number, durable: boolean): string {
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    shared_buffers: "256MB",
    password_encryption: "scram-sha-256",
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] %q%u@%d ",
    shared_preload_libraries: "",
    ...(durable
      ? {}
      : { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_wal_size: "4GB", autovacuum_naptime: "10min" }),
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(" ");
}
