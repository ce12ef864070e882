import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { z } from "zod";

const Settings = z.object({
  port: z.number().int(),
  superuserPassword: z.string(),
  ownerPassword: z.string(),
  appPassword: z.string(),
  clusterDir: z.string().optional(),
});
/** What the embedded server keeps between starts: its port, the passwords of its three roles, and where its data is. */
export type Settings = z.infer<typeof Settings>;

export const superuser = "postgres";
export const ownerRole = "warehouse_owner";
export const appRole = "warehouse_app";
export const databaseName = "warehouse";

export function settingsFile(dataDir: string): string {
  return join(dataDir, "database.json");
}

export async function readOrMakeSettings(dataDir: string): Promise<Settings> {
  const file = settingsFile(dataDir);
  if (existsSync(file)) return Settings.parse(JSON.parse(readFileSync(file, "utf8")));
  const settings = { port: await freePort(), superuserPassword: password(), ownerPassword: password(), appPassword: password() };
  writeSettings(dataDir, settings);
  return settings;
}

/** Written beside and renamed, since without its passwords a cluster could not be opened again. */
export function writeSettings(dataDir: string, settings: Settings): void {
  const file = settingsFile(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

export function urlFor(user: string, userPassword: string, port: number, database: string): string {
  return `postgres://${user}:${userPassword}@127.0.0.1:${port}/${database}`;
}

export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === undefined) throw new Error("No free port on 127.0.0.1");
  return port;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : undefined));
    });
  });
}

function password(): string {
  return randomBytes(24).toString("base64url");
}
