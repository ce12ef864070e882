import type { Role } from "#contract/identity.ts";
import type { Logger } from "#platform/logger.ts";
import { NotFoundError } from "#platform/errors.ts";

/** Who asks, for which company, from where. Everything a use case needs to know about the request. */
export interface Context {
  tenantId: string;
  tenantCode: string;
  tenantName: string;
  currency: string;
  timeZone: string;
  userId: string;
  userName: string;
  email: string;
  role: Role;
  /** The sites they may work in; an Admin has all. */
  siteIds: readonly string[] | "all";
  sessionId: string | null;
  requestId: string;
  ipAddress: string;
  log: Logger;
}

/** A list of ids for SQL: null stands for every site. */
export const siteFilter = (context: Context): readonly string[] | null => (context.siteIds === "all" ? null : context.siteIds);

/** Throws the same `404` as for a site that does not exist. */
export function requireSite(context: Context, siteId: string): void {
  if (context.siteIds !== "all" && !context.siteIds.includes(siteId)) throw new NotFoundError();
}
