-- What a company of a hundred thousand items showed to be read from end to end.

/* What is on hold is a small part of the stock, and is asked for by itself. */
CREATE INDEX inventory_balance_on_hold ON inventory_balance (tenant_id, item_id, location_id) WHERE status = 'HOLD';
