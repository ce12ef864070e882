import type { FieldError } from "#contract/errors.ts";
import type { Consume, ConsumeLine, ProductionPosting } from "#contract/production.ts";
import { audit } from "#features/audit/audit.ts";
import { post } from "#features/ledger/post.ts";
import type { PostRequest } from "#features/ledger/rules.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { countPosted } from "./count-posted.ts";
import { asDocument, type LockedProductionOrder, lockProductionOrder } from "./order-lock.ts";
import { getPosting, insertPosting } from "./postings.ts";

interface PlannedLine {
  line: number;
  sku: string | null;
  planned: number;
  consumed: number;
  asked: number;
  /** All that is asked of the item goes beyond what is planned of it. */
  beyond: boolean;
  locationFound: boolean;
}

const planSql = `
  SELECT r.line, i.sku, coalesce(c.planned_quantity, 0) AS planned, coalesce(c.consumed_quantity, 0) AS consumed, sums.asked,
         coalesce(c.consumed_quantity, 0) + sums.asked > coalesce(c.planned_quantity, 0) AS beyond, p.id IS NOT NULL AS "locationFound"
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid, quantity numeric, location_id uuid)
  JOIN (SELECT a.item_id, sum(a.quantity) AS asked FROM jsonb_to_recordset($1::jsonb) AS a(item_id uuid, quantity numeric) GROUP BY a.item_id) sums USING (item_id)
  LEFT JOIN item i ON i.id = r.item_id
  LEFT JOIN production_component c ON c.production_order_id = $2 AND c.item_id = r.item_id
  LEFT JOIN location p ON p.id = r.location_id AND p.site_id = $3
  ORDER BY r.line`;

/**
 * Takes components for an order: events, posting, the order's components and its status in one transaction, in as many statements however
 * many lines. What is allocated to the order is there for it. Throws what the ledger throws, `404` for places outside the order's site,
 * `409 INVALID_STATE` unless the order is RELEASED or IN_PROGRESS, and `409 OVER_CONSUMPTION` for more than planned without a reason.
 */
export async function consume(tx: Tx, context: Context, orderId: string, { components, note }: Consume): Promise<ProductionPosting> {
  const order = await lockProductionOrder(tx, context, orderId);
  requireStatus(order, ["RELEASED", "IN_PROGRESS"], "consumed for");
  const planned = await planLines(tx, order, components);
  const postingId = await insertPosting(tx, context, { orderId, type: "CONSUMPTION", note });
  const requests = components.map((line, index) => requestOf(line, planned[index]?.beyond === true, postingId, note));
  await post(
    tx,
    context,
    requests,
    (line, field) => `components.${line}.${field === "fromLocationId" ? "locationId" : field}`,
    asDocument(orderId),
  );
  await countPosted(tx, { orderId, type: "CONSUMPTION", postingId });
  const posting = await getPosting(tx, context, postingId);
  await audit(tx, context, "production-order.consumed", orderId, { after: { postingId, components }, heardAt: [order.siteId] });
  return posting;
}

async function planLines(tx: Tx, order: LockedProductionOrder, components: readonly ConsumeLine[]): Promise<PlannedLine[]> {
  const rows = components.map(({ itemId, quantity, locationId }, line) => ({ line, item_id: itemId, quantity, location_id: locationId }));
  const planned = await tx.sql<PlannedLine>(planSql, [JSON.stringify(rows), order.id, order.siteId]);
  const missing = planned.flatMap(missingFields);
  if (missing.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors: missing } });
  const over = planned.find(({ line, beyond }) => beyond && !components[line]?.reasonCode);
  if (over) throw overConsumption(over);
  return planned;
}

const missingFields = ({ line, sku, locationFound }: PlannedLine): FieldError[] => [
  ...(sku === null ? [{ path: `components.${line}.itemId`, message: "Not found" }] : []),
  ...(locationFound ? [] : [{ path: `components.${line}.locationId`, message: "Not found in the order's site" }]),
];

function overConsumption({ line, sku, planned, consumed, asked }: PlannedLine): ConflictError {
  const what = planned === 0 ? "not planned" : `${planned} planned, ${consumed} consumed, and ${asked} more goes beyond`;
  return new ConflictError("OVER_CONSUMPTION", `${sku}: ${what}. Give a reason code of use CONSUMPTION`, {
    line,
    sku,
    planned,
    consumed,
    asked,
  });
}

function requestOf({ locationId, ...line }: ConsumeLine, beyond: boolean, postingId: string, note: string | undefined): PostRequest {
  return {
    ...line,
    type: "ISSUE",
    fromLocationId: locationId,
    source: { type: "CONSUMPTION", id: postingId },
    ...(beyond ? { reasonUse: "CONSUMPTION" as const } : {}),
    ...(note ? { note } : {}),
  };
}
