import type { FieldError } from "#contract/errors.ts";
import type { OrderLine } from "#contract/purchase-orders.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ConflictError, ValidationError } from "#platform/errors.ts";

interface FoundLine {
  line: number;
  itemId: string | null;
  sku: string;
  active: boolean;
  uom: string;
  baseUom: string;
  /** The line's unit is one of the item's. */
  uomKnown: boolean;
  /** The item is counted in whole units, and the quantity comes to none. */
  broken: boolean;
  unitPrice: number | null;
}

// In the supplier's unit and at their price where the request names none; the price of one unit is none of another.
const findLines = `
  SELECT r.line, i.id AS "itemId", i.sku, i.active, i.base_uom AS "baseUom", u.uom,
         (u.uom = i.base_uom OR f.factor IS NOT NULL) AS "uomKnown",
         (b.whole AND r.quantity * coalesce(f.factor, 1) <> trunc(r.quantity * coalesce(f.factor, 1))) AS broken,
         coalesce(r.unit_price, CASE WHEN s.uom = u.uom THEN s.unit_price END) AS "unitPrice"
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid, quantity numeric, uom text, unit_price numeric)
  LEFT JOIN item i ON i.id = r.item_id
  LEFT JOIN unit b ON b.code = i.base_uom
  LEFT JOIN supplier_item s ON s.supplier_id = $2 AND s.item_id = i.id
  CROSS JOIN LATERAL (SELECT coalesce(r.uom, s.uom, i.base_uom) AS uom) u
  LEFT JOIN item_unit f ON f.item_id = i.id AND f.uom = u.uom
  ORDER BY r.line`;

// Due when the supplier usually delivers, unless the request says when.
const insertLines = `
  INSERT INTO purchase_order_line (purchase_order_id, line_number, item_id, uom, quantity, unit_price, due_date)
  SELECT $2, r.line + 1, r.item_id, r.uom, r.quantity, r.unit_price, coalesce(r.due_date, (now() AT TIME ZONE $4)::date + s.lead_time_days)
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid, quantity numeric, uom text, unit_price numeric, due_date date)
  LEFT JOIN supplier_item s ON s.supplier_id = $3 AND s.item_id = r.item_id`;

interface Order {
  id: string;
  supplierId: string;
  timeZone: string;
}

/**
 * Writes the lines of an order, in as many statements however many they are. Throws `404` for items that are not there,
 * `400` with every fault of every line, and `409 ITEM_INACTIVE`.
 */
export async function writeLines(tx: Tx, { id, supplierId, timeZone }: Order, lines: readonly OrderLine[]): Promise<void> {
  const asked = lines.map(({ itemId, quantity, uom, unitPrice }, line) => ({
    line,
    item_id: itemId,
    quantity,
    uom,
    unit_price: unitPrice,
  }));
  const found = await tx.sql<FoundLine>(findLines, [JSON.stringify(asked), supplierId]);
  const missing = found.filter(({ itemId }) => itemId === null).map(({ line }) => ({ path: `lines.${line}.itemId`, message: "Not found" }));
  if (missing.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors: missing } });
  const faults = found.flatMap(faultsOf);
  if (faults.length > 0) throw new ValidationError(faults);
  const inactive = found.find(({ active }) => !active);
  if (inactive)
    throw new ConflictError("ITEM_INACTIVE", `${inactive.sku} is inactive: nothing more of it is ordered`, { sku: inactive.sku });
  const rows = found.map(({ line, itemId, uom, unitPrice }) => ({
    line,
    item_id: itemId,
    uom,
    quantity: lines[line]?.quantity,
    unit_price: unitPrice,
    due_date: lines[line]?.dueDate,
  }));
  await tx.sql(insertLines, [JSON.stringify(rows), id, supplierId, timeZone]);
}

function faultsOf({ line, sku, uom, baseUom, uomKnown, broken, unitPrice }: FoundLine): FieldError[] {
  const fault = (field: string, message: string) => ({ path: `lines.${line}.${field}`, message });
  if (!uomKnown) return [fault("uom", `${sku} has no unit ${uom}`)];
  return [
    ...(broken ? [fault("quantity", `${baseUom} is counted in whole units`)] : []),
    ...(unitPrice === null ? [fault("unitPrice", `The supplier has no price for ${sku} per ${uom}: give one`)] : []),
  ];
}
