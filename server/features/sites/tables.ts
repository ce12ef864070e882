import type { Generated } from "kysely";
import type { LocationType } from "#contract/sites.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    site: SiteTable;
    location: LocationTable;
  }
}

interface SiteTable {
  id: Generated<string>;
  code: string;
  name: string;
  address: string | null;
  time_zone: string;
  active: Generated<boolean>;
  version: Generated<number>;
  created_at: Generated<string>;
  updated_at: Generated<string>;
}

interface LocationTable {
  id: Generated<string>;
  site_id: string;
  parent_id: string | null;
  code: string;
  name: string | null;
  type: LocationType;
  barcode: string | null;
  pick_sequence: number | null;
  capacity: number | null;
  active: Generated<boolean>;
  version: Generated<number>;
  created_at: Generated<string>;
  updated_at: Generated<string>;
}
