import type { Output } from "#contract/production.ts";
import type { Need } from "#features/ledger/allocations.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ConflictError, ValidationError } from "#platform/errors.ts";
import type { LockedProductionOrder } from "./order-lock.ts";
import { roundedUp } from "./rounded-up.ts";

export interface OutputPlan {
  /** What the output consumes by itself. */
  backflush: Need[];
}

interface Found {
  ordered: number;
  before: number;
  beyond: boolean;
  broken: boolean;
  uom: string;
  locationFound: boolean;
  reasonKnown: boolean;
  backflush: Need[];
}

// Each component by what all output so far, this one too, should have consumed: nothing drifts by rounding, and what somebody consumed by
// hand is not consumed again.
const planSql = `
  SELECT o.quantity AS ordered, o.produced_quantity + o.scrapped_quantity AS before, o.produced_quantity + o.scrapped_quantity + d.done > o.quantity AS beyond,
         u.code AS uom, (u.whole AND (d.done <> trunc(d.done) OR $2::numeric <> trunc($2::numeric))) AS broken,
         EXISTS (SELECT FROM location p WHERE p.id = $4 AND p.site_id = o.site_id) AS "locationFound",
         ($5::text IS NULL OR EXISTS (SELECT FROM reason_code c WHERE c.use = 'CONSUMPTION' AND c.code = $5 AND c.active)) AS "reasonKnown",
         (SELECT coalesce(json_agg(json_build_object('itemId', n.item_id, 'quantity', n.quantity)), '[]') FROM (
            SELECT c.item_id, ${roundedUp("t.target", "cu.whole")} - c.consumed_quantity AS quantity
            FROM production_component c
            JOIN item i ON i.id = c.item_id
            JOIN unit cu ON cu.code = i.base_uom
            CROSS JOIN LATERAL (SELECT c.planned_quantity * (o.produced_quantity + o.scrapped_quantity + d.done) / o.quantity AS target) t
            WHERE c.production_order_id = o.id AND c.issue_method = 'BACKFLUSH'
          ) n WHERE n.quantity > 0) AS backflush
  FROM production_order o
  JOIN item i ON i.id = o.item_id
  JOIN unit u ON u.code = i.base_uom
  CROSS JOIN LATERAL (SELECT $2::numeric + $3::numeric AS done) d
  WHERE o.id = $1`;

/** What an output comes to, checked against its order, which is locked. Throws `404`, `400`, and `409 OVER_PRODUCTION`. */
export async function planOutput(tx: Tx, { id, number }: LockedProductionOrder, request: Output): Promise<OutputPlan> {
  const { quantity, scrapQuantity, locationId, reasonCode } = request;
  const [found] = await tx.sql<Found>(planSql, [id, quantity, scrapQuantity, locationId, reasonCode ?? null]);
  if (!found) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND" });
  const { ordered, before, beyond, broken, uom, locationFound, reasonKnown, backflush } = found;
  if (!locationFound)
    throw new AppError("Not found", {
      statusCode: 404,
      code: "NOT_FOUND",
      details: { errors: [{ path: "locationId", message: "Not found in the order's site" }] },
    });
  if (broken) throw new ValidationError([{ path: "quantity", message: `${uom} is counted in whole units` }]);
  if (!reasonKnown) throw new ValidationError([{ path: "reasonCode", message: "There is no active reason code like this for this use" }]);
  if (beyond && !reasonCode)
    throw new ConflictError(
      "OVER_PRODUCTION",
      `${number}: ${ordered} ${uom} ordered, ${before} made or scrapped, and this would be more. Give a reason code of use CONSUMPTION`,
      { ordered, before, asked: quantity + scrapQuantity },
    );
  return { backflush };
}
