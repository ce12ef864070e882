// What has to be true of production orders, their postings and events together: each a query for what is not, as in the ledger's own checks.

/** Each production event as what it did to its order: +, or - where it is a reversal. */
const effects = `
  SELECT e.tenant_id, p.production_order_id, e.item_id, e.type, CASE WHEN e.reverses_event_id IS NULL THEN e.quantity ELSE -e.quantity END AS quantity, e.unit_cost
  FROM inventory_event e LEFT JOIN production_posting p ON p.tenant_id = e.tenant_id AND p.id = e.source_id AND p.type = e.source_type
  WHERE e.type IN ('ISSUE', 'PRODUCE')`;

const line = (differences: string) => `
  SELECT t.code AS tenant, i.sku, coalesce('production order ' || o.number, 'event of no order') AS location, NULL AS lot, NULL AS status,
         trim_scale(d.stored)::text AS stored, trim_scale(d.recomputed)::text AS recomputed
  FROM (${differences}) d
  JOIN tenant t ON t.id = d.tenant_id
  JOIN item i ON i.tenant_id = d.tenant_id AND i.id = d.item_id
  LEFT JOIN production_order o ON o.tenant_id = d.tenant_id AND o.id = d.production_order_id
  ORDER BY t.code, o.number, i.sku`;

const consumed = line(`
  SELECT tenant_id, production_order_id, item_id, coalesce(c.stored, 0) AS stored, coalesce(e.recomputed, 0) AS recomputed
  FROM (SELECT tenant_id, production_order_id, item_id, consumed_quantity AS stored FROM production_component) c
  FULL JOIN (SELECT tenant_id, production_order_id, item_id, sum(quantity) AS recomputed FROM (${effects}) e WHERE type = 'ISSUE' GROUP BY 1, 2, 3) e
    USING (tenant_id, production_order_id, item_id)
  WHERE coalesce(c.stored, 0) <> coalesce(e.recomputed, 0)`);

const produced = line(`
  SELECT tenant_id, production_order_id, item_id, coalesce(o.stored, 0) AS stored, coalesce(e.recomputed, 0) AS recomputed
  FROM (SELECT tenant_id, id AS production_order_id, item_id, produced_quantity AS stored FROM production_order) o
  FULL JOIN (SELECT tenant_id, production_order_id, item_id, sum(quantity) AS recomputed FROM (${effects}) e WHERE type = 'PRODUCE' GROUP BY 1, 2, 3) e
    USING (tenant_id, production_order_id, item_id)
  WHERE coalesce(o.stored, 0) <> coalesce(e.recomputed, 0)`);

const perOrder = (columns: string, where: string, joined = "") => `
  SELECT t.code AS tenant, NULL AS sku, 'production order ' || o.number AS location, NULL AS lot, NULL AS status, ${columns}
  FROM production_order o JOIN tenant t ON t.id = o.tenant_id ${joined}
  WHERE ${where} ORDER BY t.code, o.number`;

const scrapped = perOrder(
  "trim_scale(o.scrapped_quantity)::text AS stored, trim_scale(p.scrapped)::text AS recomputed",
  "o.scrapped_quantity <> p.scrapped",
  `CROSS JOIN LATERAL (SELECT coalesce(sum(scrap_quantity), 0) AS scrapped FROM production_posting p
    WHERE p.tenant_id = o.tenant_id AND p.production_order_id = o.id AND p.reversed_at IS NULL) p`,
);

const statuses = perOrder(
  "o.status AS stored, CASE WHEN p.begun THEN 'IN_PROGRESS' ELSE 'RELEASED' END AS recomputed",
  "p.begun <> (o.status IN ('IN_PROGRESS', 'COMPLETED', 'CLOSED'))",
  `CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM production_posting p
    WHERE p.tenant_id = o.tenant_id AND p.production_order_id = o.id AND p.reversed_at IS NULL) AS begun) p`,
);

/** Output carries no more than what was consumed. */
const costs = perOrder(
  "trim_scale(e.made)::text AS stored, trim_scale(e.used)::text AS recomputed",
  "e.made > e.used",
  `JOIN (SELECT tenant_id, production_order_id, coalesce(sum(quantity * unit_cost) FILTER (WHERE type = 'ISSUE'), 0) AS used,
                coalesce(sum(quantity * unit_cost) FILTER (WHERE type = 'PRODUCE'), 0) AS made
         FROM (${effects}) e GROUP BY 1, 2) e ON e.tenant_id = o.tenant_id AND e.production_order_id = o.id`,
);

/** Stock is promised only to an order that still takes some, and no more of an item than it still needs. */
const allocations = line(`
  SELECT a.tenant_id, a.document_id AS production_order_id, a.item_id, a.quantity AS stored,
         CASE WHEN o.status IN ('RELEASED', 'IN_PROGRESS') THEN greatest(0, coalesce(c.planned_quantity - c.consumed_quantity, 0)) ELSE 0 END AS recomputed
  FROM (SELECT tenant_id, document_id, item_id, sum(quantity) AS quantity FROM inventory_allocation WHERE document_type = 'PRODUCTION_ORDER' GROUP BY 1, 2, 3) a
  LEFT JOIN production_order o ON o.tenant_id = a.tenant_id AND o.id = a.document_id
  LEFT JOIN production_component c ON c.tenant_id = a.tenant_id AND c.production_order_id = a.document_id AND c.item_id = a.item_id
  WHERE a.quantity > CASE WHEN o.status IN ('RELEASED', 'IN_PROGRESS') THEN greatest(0, coalesce(c.planned_quantity - c.consumed_quantity, 0)) ELSE 0 END`);

export const productionChecks: readonly { name: string; sql: string }[] = [
  { name: "consumed for a production order", sql: consumed },
  { name: "produced for a production order", sql: produced },
  { name: "scrapped for a production order", sql: scrapped },
  { name: "status of a production order", sql: statuses },
  { name: "cost of a production order", sql: costs },
  { name: "allocated to a production order", sql: allocations },
];
