import type { FieldError } from "#contract/errors.ts";
import type { TransferLineRequest } from "#contract/transfers.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ValidationError } from "#platform/errors.ts";

interface FoundLine {
  line: number;
  itemId: string | null;
  sku: string;
  baseUom: string;
  tracking: "NONE" | "LOT" | "SERIAL";
  /** The item is counted in whole units, and the quantity is none. */
  broken: boolean;
  lotId: string | null;
  locationFound: boolean;
}

const findLines = `
  SELECT r.line, i.id AS "itemId", i.sku, i.base_uom AS "baseUom", i.tracking, (u.whole AND r.quantity <> trunc(r.quantity)) AS broken, o.id AS "lotId",
         p.id IS NOT NULL AS "locationFound"
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid, lot_id uuid, from_location_id uuid, quantity numeric)
  LEFT JOIN item i ON i.id = r.item_id
  LEFT JOIN unit u ON u.code = i.base_uom
  LEFT JOIN lot o ON o.id = r.lot_id AND o.item_id = r.item_id
  LEFT JOIN location p ON p.id = r.from_location_id AND p.site_id = $2
  ORDER BY r.line`;

const insertLines = `
  INSERT INTO transfer_line (transfer_id, line_number, item_id, lot_id, stock_status, from_location_id, quantity)
  SELECT $2, r.line + 1, r.item_id, r.lot_id, r.stock_status, r.from_location_id, r.quantity
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid, lot_id uuid, stock_status text, from_location_id uuid, quantity numeric)`;

/**
 * Writes the lines of a draft, in as many statements however many they are. What is there to be sent is asked when it is sent.
 * Throws `404` for items, lots and places of the sending site that are not there, and `400` with every fault of every line.
 */
export async function writeDraftLines(
  tx: Tx,
  transfer: { id: string; fromSiteId: string },
  lines: readonly TransferLineRequest[],
): Promise<void> {
  const rows = JSON.stringify(
    lines.map(({ itemId, lotId, stockStatus, fromLocationId, quantity }, line) => ({
      line,
      item_id: itemId,
      lot_id: lotId,
      stock_status: stockStatus,
      from_location_id: fromLocationId,
      quantity,
    })),
  );
  const found = await tx.sql<FoundLine>(findLines, [rows, transfer.fromSiteId]);
  const missing = found.flatMap((line) => missingFields(line, lines[line.line] as TransferLineRequest));
  if (missing.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors: missing } });
  const faults = found.flatMap((line) => faultsOf(line, lines[line.line] as TransferLineRequest));
  if (faults.length > 0) throw new ValidationError(faults);
  await tx.sql(insertLines, [rows, transfer.id]);
}

function missingFields({ line, itemId, lotId, locationFound }: FoundLine, asked: TransferLineRequest): FieldError[] {
  const missing = (field: string, message: string) => [{ path: `lines.${line}.${field}`, message }];
  return [
    ...(itemId === null ? missing("itemId", "Not found") : []),
    ...(locationFound ? [] : missing("fromLocationId", "Not found in the sending site")),
    ...(asked.lotId !== undefined && itemId !== null && lotId === null ? missing("lotId", "This item has no such lot") : []),
  ];
}

function faultsOf({ line, sku, baseUom, tracking, broken, lotId }: FoundLine, { quantity }: TransferLineRequest): FieldError[] {
  const fault = (field: string, message: string) => [{ path: `lines.${line}.${field}`, message }];
  return [
    ...(broken ? fault("quantity", `${baseUom} is counted in whole units`) : []),
    ...(tracking === "SERIAL" && quantity !== 1 ? fault("quantity", "A serial number is one unit") : []),
    ...(tracking !== "NONE" && lotId === null
      ? fault("lotId", `${sku} moves only with a ${tracking === "LOT" ? "lot" : "serial number"}`)
      : []),
    ...(tracking === "NONE" && lotId !== null ? fault("lotId", `${sku} is not tracked by lot`) : []),
  ];
}
