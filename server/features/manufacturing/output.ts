import type { Output, ProductionPosting } from "#contract/production.ts";
import { audit } from "#features/audit/audit.ts";
import { pickFor } from "#features/ledger/allocations.ts";
import type { Movement } from "#features/ledger/movement.ts";
import { prepare, write } from "#features/ledger/post.ts";
import type { PostRequest } from "#features/ledger/rules.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { countPosted } from "./count-posted.ts";
import { asDocument, type LockedProductionOrder, lockProductionOrder } from "./order-lock.ts";
import { type OutputPlan, planOutput } from "./output-plan.ts";
import { postedEvents } from "./posted-events.ts";
import { getPosting, insertPosting } from "./postings.ts";

/**
 * Brings in what an order made: components of issue method BACKFLUSH are consumed for it, first expired first, and what was made costs what was
 * consumed for it. All in one transaction, in as many statements however many components. Throws what the ledger throws, `404` for a
 * place outside the order's site, `409 INVALID_STATE`, `OVER_PRODUCTION` for more than ordered without a reason, and
 * `INSUFFICIENT_STOCK` for a component of which there is too little.
 */
export async function output(tx: Tx, context: Context, orderId: string, request: Output): Promise<ProductionPosting> {
  const order = await lockProductionOrder(tx, context, orderId);
  requireStatus(order, ["RELEASED", "IN_PROGRESS"], "produced for");
  const plan = await planOutput(tx, order, request);
  const { quantity, scrapQuantity, reasonCode, note } = request;
  const postingId = await insertPosting(tx, context, { orderId, type: "OUTPUT", quantity, scrapQuantity, reasonCode, note });
  const source = { type: "OUTPUT", id: postingId };
  const made =
    quantity > 0
      ? await prepare(tx, context, [productOf(order, request, source)], (_, field) => (field === "toLocationId" ? "locationId" : field))
      : [];
  await backflush(tx, context, order, { plan, made, source });
  if (made.length > 0) {
    const [cost] = await tx.sql<{ unitCost: number }>(unitCostSql, [orderId, quantity, scrapQuantity]);
    await write(
      tx,
      context,
      made.map((movement) => ({ ...movement, unitCost: cost?.unitCost ?? 0 })),
    );
  }
  await countPosted(tx, { orderId, type: "OUTPUT", postingId });
  const posting = await getPosting(tx, context, postingId);
  await audit(tx, context, "production-order.produced", orderId, { after: { postingId, ...request }, heardAt: [order.siteId] });
  return posting;
}

type Source = NonNullable<PostRequest["source"]>;

function productOf({ itemId }: LockedProductionOrder, request: Output, source: Source): PostRequest {
  const { quantity, locationId, lotId, lotCode, expiresOn, note } = request;
  return {
    type: "PRODUCE",
    itemId,
    quantity,
    toLocationId: locationId,
    source,
    ...(lotId === undefined ? {} : { lotId }),
    ...(lotCode === undefined ? {} : { lotCode }),
    ...(expiresOn === undefined ? {} : { expiresOn }),
    ...(note ? { note } : {}),
  };
}

interface Backflush {
  plan: OutputPlan;
  made: readonly Movement[];
  source: Source;
}

async function backflush(tx: Tx, context: Context, order: LockedProductionOrder, { plan, made, source }: Backflush): Promise<void> {
  const document = asDocument(order.id);
  const picks = await pickFor(tx, context, document, order.siteId, plan.backflush, made);
  if (picks.length === 0) return;
  const requests = picks.map(({ itemId, quantity, locationId, lotId }): PostRequest => ({
    type: "ISSUE",
    itemId,
    quantity,
    fromLocationId: locationId,
    source,
    ...(lotId === null ? {} : { lotId }),
  }));
  await write(tx, context, await prepare(tx, context, requests), document);
}

// All output so far, this one too, carries of each component what the plan has for it: of more than that the rest stays open until the last of
// the order is made, which takes all. What is scrapped is borne by what is not. Cut, never rounded up: output never carries more than was consumed.
const unitCostSql = `
  WITH posted AS (${postedEvents("$1")}),
  used AS (
    SELECT item_id, sum(quantity) AS quantity, sum(quantity * unit_cost) AS value FROM posted WHERE type = 'ISSUE' GROUP BY item_id HAVING sum(quantity) > 0
  ),
  due AS (
    SELECT coalesce(sum(CASE WHEN d.done >= d.ordered THEN u.value
                             WHEN coalesce(c.planned_quantity, 0) = 0 THEN u.value * d.done / d.ordered
                             ELSE u.value * least(u.quantity * d.ordered, c.planned_quantity * d.done) / (u.quantity * d.ordered) END), 0) AS value
    FROM used u
    CROSS JOIN (SELECT produced_quantity + scrapped_quantity + $2::numeric + $3::numeric AS done, quantity AS ordered FROM production_order WHERE id = $1) d
    LEFT JOIN production_component c ON c.production_order_id = $1 AND c.item_id = u.item_id
  )
  SELECT least(trunc(greatest(0, due.value - (SELECT coalesce(sum(quantity * unit_cost), 0) FROM posted WHERE type = 'PRODUCE')) / $2::numeric, 4),
               99999999999.9999) AS "unitCost"
  FROM due`;
