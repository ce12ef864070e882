import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigError, loadConfig } from "#server/config.ts";
import { freePort } from "../embedded-postgres/settings.ts";
import { keptSessionSecret } from "./session-secret.ts";

export type Environment = Record<string, string | undefined>;

/** How this start runs: with a PostgreSQL of its own or with a given one, and what the server process is told. */
export interface StartSettings {
  readonly embedded: boolean;
  readonly demo: boolean;
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly environment: Environment;
}

/** Checks everything that can be wrong before anything is started. Throws `ConfigError`. */
export async function startSettings(given: Environment, args: readonly string[]): Promise<StartSettings> {
  const unknown = args.filter((argument) => argument !== "--demo");
  if (unknown.length > 0)
    throw new ConfigError([
      `Unknown argument ${unknown.join(" ")}: npm start knows --demo, which fills a demo company into your own database`,
    ]);
  const embedded = isEmbedded(given);
  const environment: Environment = { ...given, DATA_DIR: given["DATA_DIR"] || ".data" };
  if (given["PORT"] === "0") environment["PORT"] = String(await freePort());
  if (embedded && !given["SESSION_SECRET"] && given["NODE_ENV"] !== "production") {
    // Checked first, so that a start that is refused leaves nothing behind.
    requireValid({ ...environment, ...placeholders, SESSION_SECRET: "x".repeat(32) });
    environment["SESSION_SECRET"] = keptSessionSecret(makeDataDir(environment["DATA_DIR"]!));
  }
  const config = requireValid(embedded ? { ...environment, ...placeholders } : environment);
  return {
    embedded,
    demo: embedded || args.includes("--demo"),
    dataDir: makeDataDir(config.dataDir),
    host: config.host,
    port: config.port,
    environment,
  };
}

/** The embedded database's addresses are known only when it runs. */
const placeholders = { DATABASE_URL: "postgres://app@127.0.0.1/warehouse", DATABASE_OWNER_URL: "postgres://owner@127.0.0.1/warehouse" };

function isEmbedded(given: Environment): boolean {
  const missing = ["DATABASE_URL", "DATABASE_OWNER_URL"].filter((name) => !given[name]);
  if (missing.length !== 1) return missing.length === 2;
  throw new ConfigError([
    `${missing[0]} is missing: set both DATABASE_URL (the application's restricted role) and DATABASE_OWNER_URL (the owner), or neither for the built-in PostgreSQL`,
  ]);
}

function requireValid(environment: Environment): ReturnType<typeof loadConfig> {
  // An empty variable, as in a compose file with an unset value, means that it is not set.
  return loadConfig(Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== "")));
}

/** Ours alone; folders on the way to it stay as the machine makes them, since PostgreSQL's user has to pass. */
function makeDataDir(wanted: string): string {
  try {
    mkdirSync(dirname(resolve(wanted)), { recursive: true });
    if (!existsSync(wanted)) mkdirSync(wanted, { mode: 0o700 });
    accessSync(wanted, constants.R_OK | constants.W_OK | constants.X_OK);
    const folder = realpathSync(wanted);
    if (!statSync(folder).isDirectory()) throw new Error("it is no folder");
    return folder;
  } catch (error) {
    throw new ConfigError([
      `DATA_DIR ${resolve(wanted)} cannot be used: ${error instanceof Error ? error.message : String(error)}. Give DATA_DIR a folder that you may write to`,
    ]);
  }
}
