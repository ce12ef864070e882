import type { FieldError } from "#contract/errors.ts";
import type { ReceiveLine } from "#contract/receipts.ts";
import type { PostRequest } from "#features/ledger/rules.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ConflictError, ValidationError } from "#platform/errors.ts";
import type { LockedOrder } from "./order-lock.ts";
import { readRules } from "#features/settings/rules.ts";

/** One line of a receipt with what it names, looked up; amounts are in the order line's unit. */
export interface PlannedLine {
  line: number;
  orderLineId: string | null;
  itemId: string;
  sku: string;
  uom: string;
  ordered: number;
  received: number;
  /** All that this receipt brings of the order's line, and the most that may come of it. */
  asked: number;
  most: number;
  over: boolean;
  accepted: number;
  /** Per base unit. */
  unitCost: number;
  locationFound: boolean;
  rejectedLocationId: string | null;
  rejectedLocationFits: boolean;
}

// The item is held in share: its units stay what they are until the ledger has read them too.
const planSql = `
  SELECT r.line, l.id AS "orderLineId", l.item_id AS "itemId", i.sku, l.uom, l.quantity AS ordered, l.received_quantity AS received,
         sums.asked, most.quantity AS most, (l.received_quantity + sums.asked > most.quantity) AS over, r.quantity - r.rejected AS accepted,
         least(round(l.unit_price / coalesce(f.factor, 1), 4), 99999999999.9999) AS "unitCost",
         p.id IS NOT NULL AS "locationFound", q.id AS "rejectedLocationId", (r.rejected = 0 OR q.type = 'QUALITY') AS "rejectedLocationFits"
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, line_id uuid, quantity numeric, rejected numeric, location_id uuid, rejected_location_id uuid)
  JOIN (SELECT a.line_id, sum(a.quantity) AS asked FROM jsonb_to_recordset($1::jsonb) AS a(line_id uuid, quantity numeric) GROUP BY a.line_id) sums USING (line_id)
  LEFT JOIN purchase_order_line l ON l.id = r.line_id AND l.purchase_order_id = $2
  LEFT JOIN LATERAL (SELECT i.id, i.sku FROM item i WHERE i.id = l.item_id FOR KEY SHARE OF i) i ON true
  LEFT JOIN item_unit f ON f.item_id = l.item_id AND f.uom = l.uom
  LEFT JOIN LATERAL (
    SELECT trunc(l.quantity * (1 + $4::numeric / 100), 4) AS quantity
  ) most ON true
  LEFT JOIN location p ON p.id = r.location_id AND p.site_id = $3
  LEFT JOIN LATERAL (SELECT o.id FROM location o WHERE o.site_id = $3 AND o.type = 'QUALITY' AND o.active ORDER BY o.code LIMIT 1) usual
    ON r.rejected > 0 AND r.rejected_location_id IS NULL
  LEFT JOIN location q ON r.rejected > 0 AND q.site_id = $3 AND q.id = CASE WHEN r.rejected_location_id IS NULL THEN usual.id ELSE r.rejected_location_id END
  ORDER BY r.line`;

/**
 * What a receipt comes to, checked against its order, which is locked. In as many statements however many lines. Throws `404` for lines and
 * places that are not the order's or its site's, `400` with every fault, `409 OVER_RECEIPT` and `409 NO_QUALITY_LOCATION`.
 */
export async function planReceipt(tx: Tx, order: LockedOrder, lines: readonly ReceiveLine[]): Promise<PlannedLine[]> {
  const rows = lines.map(({ lineId, quantity, rejectedQuantity, locationId, rejectedLocationId }, line) => ({
    line,
    line_id: lineId,
    quantity,
    rejected: rejectedQuantity,
    location_id: locationId,
    rejected_location_id: rejectedLocationId,
  }));
  const { overReceiptTolerancePercent } = await readRules(tx);
  const planned = await tx.sql<PlannedLine>(planSql, [JSON.stringify(rows), order.id, order.siteId, overReceiptTolerancePercent]);
  const missing = planned.flatMap((line) => missingFields(line, lines[line.line] as ReceiveLine));
  if (missing.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors: missing } });
  const faults = planned.flatMap(faultsOf);
  if (faults.length > 0) throw new ValidationError(faults);
  if (planned.some(({ line, rejectedLocationId }) => lines[line]?.rejectedQuantity && rejectedLocationId === null))
    throw new ConflictError("NO_QUALITY_LOCATION", "The site has no QUALITY location that rejects could go to: add one, or name one");
  const over = planned.find((line) => line.over);
  if (over) throw overReceipt(over);
  return planned;
}

function missingFields(
  { line, orderLineId, locationFound, rejectedLocationId }: PlannedLine,
  { rejectedQuantity, rejectedLocationId: named }: ReceiveLine,
): FieldError[] {
  const missing = (field: string, message: string) => ({ path: `lines.${line}.${field}`, message });
  return [
    ...(orderLineId === null ? [missing("lineId", "Not found in this order")] : []),
    ...(locationFound ? [] : [missing("locationId", "Not found in the order's site")]),
    ...(rejectedQuantity > 0 && named && rejectedLocationId === null
      ? [missing("rejectedLocationId", "Not found in the order's site")]
      : []),
  ];
}

const faultsOf = ({ line, rejectedLocationId, rejectedLocationFits }: PlannedLine): FieldError[] =>
  rejectedLocationId === null || rejectedLocationFits
    ? []
    : [{ path: `lines.${line}.rejectedLocationId`, message: "Rejects go to a QUALITY location" }];

function overReceipt({ sku, uom, ordered, received, asked, most, orderLineId }: PlannedLine): ConflictError {
  const tolerance = most > ordered ? `, ${most} with the tolerance` : "";
  return new ConflictError(
    "OVER_RECEIPT",
    `${sku}: ordered ${ordered} ${uom}${tolerance}, received ${received}, and ${asked} more would be too much`,
    { lineId: orderLineId, sku, uom, ordered, received, asked, most },
  );
}

/** An event to post, and the line of the request that asked for it. */
export interface ReceiptEvent {
  line: number;
  rejected: boolean;
  request: PostRequest;
}

/** What was accepted comes in available, what was rejected on hold: up to two events a line, in the order of the lines. */
export function eventsOf(planned: readonly PlannedLine[], lines: readonly ReceiveLine[], receiptId: string, note?: string): ReceiptEvent[] {
  return planned.flatMap(({ line, itemId, uom, accepted, unitCost, rejectedLocationId }) => {
    const { rejectedQuantity, locationId, lotId, lotCode, expiresOn } = lines[line] as ReceiveLine;
    const common = {
      type: "RECEIVE" as const,
      itemId,
      uom,
      unitCost,
      source: { type: "RECEIPT", id: receiptId },
      ...(lotId === undefined ? {} : { lotId }),
      ...(lotCode === undefined ? {} : { lotCode }),
      ...(expiresOn === undefined ? {} : { expiresOn }),
      ...(note ? { note } : {}),
    };
    const events: ReceiptEvent[] = [];
    if (accepted > 0) events.push({ line, rejected: false, request: { ...common, quantity: accepted, toLocationId: locationId } });
    if (rejectedQuantity > 0 && rejectedLocationId !== null)
      events.push({
        line,
        rejected: true,
        request: { ...common, quantity: rejectedQuantity, toLocationId: rejectedLocationId, status: "HOLD" },
      });
    return events;
  });
}
