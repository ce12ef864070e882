import { sql } from "kysely";
import { type Caller, inOwnSites } from "#platform/http/site-access.ts";

/** An event as the API shows it; `e` is inventory_event. */
export const eventColumns = sql`
  e.id, 1 AS version, e.type, e.item_id AS "itemId", i.sku, e.quantity, i.base_uom AS uom, e.entered_quantity AS "enteredQuantity", e.entered_uom AS "enteredUom",
  e.from_location_id AS "fromLocationId", f.code AS "fromLocationCode", e.to_location_id AS "toLocationId", t.code AS "toLocationCode",
  e.lot_id AS "lotId", l.code AS "lotCode", coalesce(e.from_status, e.to_status) AS status, coalesce(e.to_status, e.from_status) AS "toStatus",
  e.unit_cost AS "unitCost", e.reason_code AS "reasonCode", e.note, e.reverses_event_id AS "reversesEventId", r.id AS "reversedByEventId",
  e.user_id AS "userId", coalesce(p.name, '') AS "userName", e.occurred_at AS "occurredAt", e.recorded_at AS "recordedAt",
  e.recorded_at AS "createdAt", e.recorded_at AS "updatedAt"`;

export const eventJoins = sql`
  JOIN item i ON i.id = e.item_id
  LEFT JOIN location f ON f.id = e.from_location_id
  LEFT JOIN location t ON t.id = e.to_location_id
  LEFT JOIN lot l ON l.id = e.lot_id
  LEFT JOIN inventory_event r ON r.reverses_event_id = e.id
  LEFT JOIN membership p ON p.user_id = e.user_id`;

/** Only events all of whose places (`f` and `t`) the caller may see. */
export const withinOwnSites = (context: Caller) =>
  sql<boolean>`(f.id IS NULL OR ${inOwnSites(context, "f.site_id")}) AND (t.id IS NULL OR ${inOwnSites(context, "t.site_id")})`;
