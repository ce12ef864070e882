import { existsSync } from "node:fs";
import { ensureInstalled } from "./apt.ts";

const places = ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server", "/usr/bin/valkey-server"];

/** The server that the tests of what is shared start for themselves; REDIS_SERVER_PATH names another one. */
export function findRedisServer(): string | undefined {
  const named = process.env["REDIS_SERVER_PATH"];
  return named || places.find((place) => existsSync(place));
}

export const ensureRedisServer = (log: (line: string) => void): Promise<void> =>
  ensureInstalled(
    {
      name: "redis-server",
      what: "The tests of what several processes share",
      find: findRedisServer,
      packages: ["redis-server"],
      variable: "REDIS_SERVER_PATH",
    },
    log,
  );
