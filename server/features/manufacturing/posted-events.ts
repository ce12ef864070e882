/** SQL: what was issued to an order and produced for it. A reversal takes its quantity back, so that sums are what stands. */
export const postedEvents = (orderId: string) => `
  SELECT e.item_id, e.type, CASE WHEN e.reverses_event_id IS NULL THEN e.quantity ELSE -e.quantity END AS quantity, e.unit_cost
  FROM production_posting p JOIN inventory_event e ON e.source_type = p.type AND e.source_id = p.id WHERE p.production_order_id = ${orderId}`;
