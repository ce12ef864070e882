import type { NewComponent } from "#contract/boms.ts";
import type { FieldError } from "#contract/errors.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ConflictError, ValidationError } from "#platform/errors.ts";
import type { Part } from "./bom-loops.ts";

interface Found {
  line: number;
  itemId: string | null;
  sku: string;
  active: boolean;
  serial: boolean;
}

const findSql = `
  SELECT r.line, i.id AS "itemId", i.sku, i.active, i.tracking = 'SERIAL' AS serial
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid) LEFT JOIN item i ON i.id = r.item_id ORDER BY r.line`;

const insertSql = `
  INSERT INTO bom_component (bom_id, line_number, item_id, quantity, scrap_percent, issue_method)
  SELECT $2::uuid, r.line + 1, r.item_id, r.quantity, r.scrap, r.method
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid, quantity numeric, scrap numeric, method text)`;

const rowsOf = (components: readonly NewComponent[]) =>
  JSON.stringify(
    components.map(({ itemId, quantity, scrapPercent, issueMethod }, line) => ({
      line,
      item_id: itemId,
      quantity,
      scrap: scrapPercent,
      method: issueMethod,
    })),
  );

/** Looks the components up. Throws `404` for items that are not there, `400` with every fault, `409 ITEM_INACTIVE`. */
export async function findComponents(tx: Tx, components: readonly NewComponent[]): Promise<Part[]> {
  const found = await tx.sql<Found>(findSql, [rowsOf(components)]);
  const missing = found
    .filter(({ itemId }) => itemId === null)
    .map(({ line }) => ({ path: `components.${line}.itemId`, message: "Not found" }));
  if (missing.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors: missing } });
  const faults = found.flatMap((one) => faultsOf(one, found, components[one.line] as NewComponent));
  if (faults.length > 0) throw new ValidationError(faults);
  const inactive = found.find(({ active }) => !active);
  if (inactive) throw new ConflictError("ITEM_INACTIVE", `${inactive.sku} is inactive: nothing more is made of it`, { sku: inactive.sku });
  return found.map(({ itemId, sku }) => ({ itemId: itemId ?? "", sku }));
}

function faultsOf({ line, itemId, sku, serial }: Found, found: readonly Found[], { issueMethod }: NewComponent): FieldError[] {
  const fault = (field: string, message: string) => ({ path: `components.${line}.${field}`, message });
  return [
    ...(found.some((other) => other.line < line && other.itemId === itemId)
      ? [fault("itemId", `${sku} is named twice: add the quantities up`)]
      : []),
    ...(serial && issueMethod === "BACKFLUSH"
      ? [fault("issueMethod", `${sku} has serial numbers, which somebody has to name: MANUAL`)]
      : []),
  ];
}

/** Writes what `findComponents` found good, in one statement. */
export async function writeComponents(tx: Tx, bomId: string, components: readonly NewComponent[]): Promise<void> {
  await tx.sql(insertSql, [rowsOf(components), bomId]);
}
