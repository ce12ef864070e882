import type { Role } from "#contract/identity.ts";
import type { Database } from "#platform/database/database.ts";
import type { Watcher } from "./live-stream.ts";

interface WatcherRow {
  number: number;
  tenantId: string;
  userId: string;
  role: Role;
  siteIds: string[];
}

const watchersSql = `
  SELECT t.number::integer, s.tenant_id AS "tenantId", s.user_id AS "userId", s.role, s.site_ids AS "siteIds"
  FROM unnest($1::bytea[]) WITH ORDINALITY AS t (hash, number), find_session(t.hash, make_interval(mins => $2)) s`;

/** Whose sessions these are, by one query however many; undefined where one has ended. To watch is no use of a session. */
export const findWatchersIn =
  (database: Pick<Database, "query">, { idleMinutes }: { idleMinutes: number }) =>
  async (tokenHashes: readonly Buffer[]): Promise<(Watcher | undefined)[]> => {
    const rows = await database.query<WatcherRow>(watchersSql, [tokenHashes, idleMinutes]);
    const found = new Map(rows.map(({ number, ...watcher }) => [number, watcher]));
    return tokenHashes.map((_, index) => {
      const watcher = found.get(index + 1);
      return watcher && { ...watcher, siteIds: watcher.role === "Admin" ? "all" : watcher.siteIds };
    });
  };
