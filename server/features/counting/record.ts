import type { FieldError } from "#contract/errors.ts";
import type { CycleCount, RecordCount, RecordLine } from "#contract/counting.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, AuthorizationError, ConflictError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { getCount, type LockedCount, lockCount } from "./count-queries.ts";

interface FoundLine {
  line: number;
  lineId: string | null;
  status: string | null;
  countedBy: string | null;
  itemId: string | null;
  sku: string | null;
  baseUom: string;
  tracking: "NONE" | "LOT" | "SERIAL" | null;
  whole: boolean;
  isWhole: boolean;
  locationFound: boolean;
  lotId: string | null;
  twice: boolean;
}

// What is found besides the lines is taken for available stock: what is on hold stands in a line of its own.
const findLines = `
  SELECT r.line, l.id AS "lineId", l.status, l.counted_by AS "countedBy", i.id AS "itemId", i.sku, i.base_uom AS "baseUom", i.tracking, u.whole,
         (r.counted = trunc(r.counted)) AS "isWhole", p.id IS NOT NULL AS "locationFound", coalesce(l.lot_id, o.id) AS "lotId",
         count(*) OVER (PARTITION BY coalesce(l.id, md5(concat_ws(' ', i.id, p.id, o.id, r.lot_code))::uuid)) > 1 AS twice
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, line_id uuid, item_id uuid, location_id uuid, lot_id uuid, lot_code text, counted numeric)
  LEFT JOIN lot o ON r.line_id IS NULL AND o.item_id = r.item_id AND (o.id = r.lot_id OR o.code = r.lot_code)
  LEFT JOIN cycle_count_line l ON l.cycle_count_id = $2 AND CASE WHEN r.line_id IS NOT NULL THEN l.id = r.line_id
    ELSE l.item_id = r.item_id AND l.location_id = r.location_id AND l.lot_id IS NOT DISTINCT FROM o.id AND l.stock_status = 'AVAILABLE' END
  LEFT JOIN item i ON i.id = coalesce(l.item_id, r.item_id)
  LEFT JOIN unit u ON u.code = i.base_uom
  LEFT JOIN location p ON p.id = coalesce(l.location_id, r.location_id) AND p.site_id = $3
  ORDER BY r.line`;

const addLines = `
  INSERT INTO cycle_count_line (cycle_count_id, item_id, location_id, lot_id, expected_quantity)
  SELECT $2, r.item_id, r.location_id, r.lot_id, 0 FROM jsonb_to_recordset($1::jsonb) AS r(item_id uuid, location_id uuid, lot_id uuid)`;

// The books of this very moment stand beside what was counted.
const writeCounted = `
  UPDATE cycle_count_line l
  SET status = 'COUNTED', counted_quantity = r.counted, counted_by = $3, counted_at = clock_timestamp(),
      book_quantity = coalesce((SELECT b.on_hand FROM inventory_balance b WHERE b.item_id = l.item_id AND b.location_id = l.location_id
                                AND b.lot_key = l.lot_key AND b.status = l.stock_status), 0)
  FROM jsonb_to_recordset($1::jsonb) AS r(line_id uuid, item_id uuid, location_id uuid, lot_id uuid, counted numeric)
  WHERE l.cycle_count_id = $2 AND CASE WHEN r.line_id IS NOT NULL THEN l.id = r.line_id
    ELSE l.item_id = r.item_id AND l.location_id = r.location_id AND l.lot_id IS NOT DISTINCT FROM r.lot_id AND l.stock_status = 'AVAILABLE' END`;

const moveOn = `
  UPDATE cycle_count c SET status = CASE WHEN EXISTS (SELECT FROM cycle_count_line l WHERE l.cycle_count_id = c.id AND l.status IN ('PENDING', 'RECOUNT'))
                                         THEN 'IN_PROGRESS' ELSE 'REVIEW' END, version = version + 1, updated_at = now()
  WHERE c.id = $1`;

/**
 * Writes what was counted, beside what the books say at this moment; the last line moves the count on to review. A line may be
 * recorded again until it is approved; one that is to be counted anew, by somebody else. In as many statements however many lines.
 * Throws `404`, `400` by line, `409 INVALID_STATE`, `409 LINE_APPROVED`, and `403 SAME_COUNTER`.
 */
export async function recordCount(tx: Tx, context: Context, countId: string, { lines }: RecordCount): Promise<CycleCount> {
  const count = await lockCount(tx, context, countId);
  requireStatus(count, ["IN_PROGRESS", "REVIEW"], "recorded");
  const found = await findAll(tx, count, lines);
  requireCountable(context, found);
  const rows = found.map(({ line, lineId, itemId, lotId }) => ({
    line_id: lineId,
    item_id: itemId,
    location_id: lines[line]?.locationId,
    lot_id: lotId,
    counted: lines[line]?.countedQuantity,
  }));
  const added = rows.filter(({ line_id }) => line_id === null);
  if (added.length > 0) await tx.sql(addLines, [JSON.stringify(added), countId]);
  await tx.sql(writeCounted, [JSON.stringify(rows), countId, context.userId]);
  await tx.sql(moveOn, [countId]);
  await audit(tx, context, "cycle-count.recorded", countId, {
    heardAt: [count.siteId],
    after: { lines: rows.map(({ line_id, counted }) => ({ lineId: line_id, counted })) },
  });
  return await getCount(tx, context, countId);
}

async function findAll(tx: Tx, { id, siteId }: LockedCount, lines: readonly RecordLine[]): Promise<FoundLine[]> {
  const asked = lines.map(({ lineId, itemId, locationId, lotId, lotCode, countedQuantity }, line) => ({
    line,
    line_id: lineId,
    item_id: itemId,
    location_id: locationId,
    lot_id: lotId,
    lot_code: lotCode,
    counted: countedQuantity,
  }));
  const found = await tx.sql<FoundLine>(findLines, [JSON.stringify(asked), id, siteId]);
  const missing = found.flatMap((line) => missingFields(line, lines[line.line] as RecordLine));
  if (missing.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors: missing } });
  const faults = found.flatMap((line) => faultsOf(line, lines[line.line] as RecordLine));
  if (faults.length > 0) throw new ValidationError(faults);
  return found;
}

function missingFields({ line, lineId, itemId, locationFound, lotId }: FoundLine, asked: RecordLine): FieldError[] {
  const missing = (field: string, message: string) => [{ path: `lines.${line}.${field}`, message }];
  if (asked.lineId !== undefined) return lineId === null ? missing("lineId", "Not found in this count") : [];
  return [
    ...(itemId === null ? missing("itemId", "Not found") : []),
    ...(locationFound ? [] : missing("locationId", "Not found in the count's site")),
    ...(itemId !== null && lotId === null && (asked.lotId ?? asked.lotCode) !== undefined
      ? missing(asked.lotId === undefined ? "lotCode" : "lotId", "This item has no such lot: make it first")
      : []),
  ];
}

function faultsOf(
  { line, sku, baseUom, tracking, whole, isWhole, lotId, twice }: FoundLine,
  { countedQuantity }: RecordLine,
): FieldError[] {
  const fault = (field: string, message: string) => [{ path: `lines.${line}.${field}`, message }];
  return [
    ...(twice ? fault("lineId", "Is there twice") : []),
    ...(whole && !isWhole ? fault("countedQuantity", `${baseUom} is counted in whole units`) : []),
    ...(tracking === "SERIAL" && countedQuantity > 1 ? fault("countedQuantity", "A serial number is there once or not at all") : []),
    ...(tracking !== "NONE" && lotId === null ? fault("lotId", `${sku} is counted lot by lot`) : []),
    ...(tracking === "NONE" && lotId !== null ? fault("lotId", `${sku} is not tracked by lot`) : []),
  ];
}

function requireCountable({ userId }: Context, found: readonly FoundLine[]): void {
  for (const { line, sku, status, countedBy } of found) {
    if (status === "APPROVED") throw new ConflictError("LINE_APPROVED", `${sku} is approved already in this count`, { line });
    if (status === "RECOUNT" && countedBy === userId)
      throw new AuthorizationError(`${sku} was counted by you: somebody else has to count it again`, "SAME_COUNTER");
  }
}
