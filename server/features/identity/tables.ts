import type { Generated } from "kysely";
import type { Role } from "#contract/identity.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    membership: MembershipTable;
    site_access: SiteAccessTable;
    session: SessionTable;
  }
}

interface MembershipTable {
  user_id: string;
  name: string;
  role: Role;
  active: Generated<boolean>;
  version: Generated<number>;
  created_at: Generated<string>;
  updated_at: Generated<string>;
}

interface SiteAccessTable {
  user_id: string;
  site_id: string;
}

interface SessionTable {
  id: Generated<string>;
  user_id: string;
  token_hash: Buffer;
  ip_address: string | null;
  user_agent: string | null;
  expires_at: string;
}
