import type { Generated } from "kysely";
import type { ReasonUse, Tracking } from "#contract/catalog.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    unit: UnitTable;
    item: ItemTable;
    item_unit: ItemUnitTable;
    item_barcode: BarcodeTable;
    lot: LotTable;
    reason_code: ReasonCodeTable;
  }
}

interface RecordColumns {
  id: Generated<string>;
  version: Generated<number>;
  created_at: Generated<string>;
  updated_at: Generated<string>;
}

interface UnitTable extends RecordColumns {
  code: string;
  name: string;
  whole: boolean;
  active: Generated<boolean>;
}

interface ItemTable extends RecordColumns {
  sku: string;
  name: string;
  description: string | null;
  category: string | null;
  base_uom: string;
  tracking: Tracking;
  shelf_life_days: number | null;
  reorder_point: number | null;
  safety_stock: number | null;
  reorder_quantity: number | null;
  maximum_stock: number | null;
  abc_class: "A" | "B" | "C" | null;
  standard_cost: number | null;
  active: Generated<boolean>;
}

interface ItemUnitTable {
  item_id: string;
  uom: string;
  factor: number;
}

interface BarcodeTable extends RecordColumns {
  item_id: string;
  code: string;
  uom: string | null;
}

interface LotTable extends RecordColumns {
  item_id: string;
  code: string;
  expires_on: string | null;
  supplier_lot: string | null;
}

interface ReasonCodeTable extends RecordColumns {
  code: string;
  name: string;
  use: ReasonUse;
  active: Generated<boolean>;
}
