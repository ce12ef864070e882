import type { Role } from "#contract/identity.ts";
import type { Logger } from "#platform/logger.ts";

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
  /** The sites they may work in; an Admin has all. Asked through `site-access.ts`. */
  siteIds: readonly string[] | "all";
  sessionId: string | null;
  requestId: string;
  ipAddress: string;
  log: Logger;
}
