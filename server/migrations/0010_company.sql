-- What a company decides for itself, and what it is told.

/* Its own row only, by the policy; its code stays what people sign in with. */
GRANT UPDATE (name, currency, time_zone, settings, version, updated_at) ON tenant TO {{app_role}};

-- The audit trail is read by person, kind of thing, thing, action and time: each from one index, in its order.
CREATE INDEX audit_event_recorded ON audit_event (tenant_id, recorded_at, id);
CREATE INDEX audit_event_type ON audit_event (tenant_id, entity_type, recorded_at, id);
CREATE INDEX audit_event_thing ON audit_event (tenant_id, entity_id, recorded_at, id);
CREATE INDEX audit_event_action ON audit_event (tenant_id, action, recorded_at, id);
CREATE INDEX audit_event_member ON audit_event (user_id, tenant_id, recorded_at, id);
DROP INDEX audit_event_entity, audit_event_user;

-- Classes of items by the value that moved out.
CREATE INDEX inventory_event_outward ON inventory_event (tenant_id, recorded_at) INCLUDE (item_id, quantity, unit_cost, reverses_event_id) WHERE type IN ('ISSUE', 'SHIP');
/* Counts that were approved, by when. */
CREATE INDEX cycle_count_approved ON cycle_count (tenant_id, ended_at) WHERE status = 'APPROVED';

-- Jobs by the clock.

/*
 * A job for each company, which it has once however often this is asked; with an hour only for those whose clock shows it at that
 * instant. Answers for how many.
 */
CREATE FUNCTION add_job_for_each_tenant(p_task text, p_at timestamptz, p_hour integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_added integer;
BEGIN
  IF p_task <> ALL (ARRAY['compute-abc-classes']) THEN
    RAISE EXCEPTION 'There is no task % for every company', p_task USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM graphile_worker.add_job(p_task, json_build_object('tenantId', t.id), job_key := p_task || ' of ' || t.id, max_attempts := 5)
  FROM tenant t WHERE p_hour IS NULL OR extract(hour FROM p_at AT TIME ZONE t.time_zone) = p_hour ORDER BY t.id;
  GET DIAGNOSTICS v_added = ROW_COUNT;
  RETURN v_added;
END $$;
REVOKE ALL ON FUNCTION add_job_for_each_tenant(text, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_job_for_each_tenant(text, timestamptz, integer) TO {{app_role}};

-- Search over everything: codes by how they begin, in their order whatever the database's collation; texts by what they contain.
CREATE INDEX item_sku_prefix ON item (tenant_id, sku text_pattern_ops);
CREATE INDEX item_barcode_prefix ON item_barcode (tenant_id, code text_pattern_ops);
CREATE INDEX lot_code_prefix ON lot (tenant_id, code text_pattern_ops);
CREATE INDEX location_code_prefix ON location (tenant_id, code text_pattern_ops);
CREATE INDEX purchase_order_number_prefix ON purchase_order (tenant_id, number text_pattern_ops);
CREATE INDEX supplier_code_prefix ON supplier (tenant_id, code text_pattern_ops);

/*
 * Up to `p_limit` of each kind: what has this code (rank 0), what has one that begins with it (1), and what contains it (2), which is
 * looked for from three characters on. Null `p_sites`: of every site. What contains it is found before it is cut off, so that the
 * limit does not lead away from the index.
 */
CREATE FUNCTION search_everything(p_text text, p_pattern text, p_limit integer, p_sites uuid[])
RETURNS TABLE (kind text, id uuid, code text, name text, site_id uuid, item_id uuid, rank integer)
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  WITH item_text AS MATERIALIZED (
    SELECT i.id, i.sku, i.name FROM item i WHERE i.tenant_id = current_tenant() AND i.search_text LIKE lower(p_pattern) AND length(p_text) > 2
  ),
  barcode_text AS MATERIALIZED (
    SELECT b.id, b.code, b.item_id FROM item_barcode b WHERE b.tenant_id = current_tenant() AND lower(b.code) LIKE lower(p_pattern) AND length(p_text) > 2
  ),
  lot_text AS MATERIALIZED (
    SELECT o.id, o.code, o.item_id FROM lot o WHERE o.tenant_id = current_tenant() AND o.search_text LIKE lower(p_pattern) AND length(p_text) > 2
  ),
  location_text AS MATERIALIZED (
    SELECT l.id, l.code, l.name, l.site_id FROM location l
    WHERE l.tenant_id = current_tenant() AND l.search_text LIKE lower(p_pattern) AND length(p_text) > 2 AND (p_sites IS NULL OR l.site_id = ANY (p_sites))
  ),
  order_text AS MATERIALIZED (
    SELECT o.id, o.number, o.supplier_id, o.site_id FROM purchase_order o
    WHERE o.tenant_id = current_tenant() AND lower(o.number) LIKE lower(p_pattern) AND length(p_text) > 2 AND (p_sites IS NULL OR o.site_id = ANY (p_sites))
  ),
  supplier_text AS MATERIALIZED (
    SELECT s.id, s.code, s.name FROM supplier s WHERE s.tenant_id = current_tenant() AND s.search_text LIKE lower(p_pattern) AND length(p_text) > 2
  ),
  of_item AS (
    (SELECT i.id, i.sku, i.name FROM item i WHERE i.tenant_id = current_tenant() AND i.sku ~>=~ upper(p_text) AND i.sku ~<~ (upper(p_text) || chr(1114111))
     ORDER BY i.sku USING ~<~ LIMIT p_limit)
    UNION (SELECT t.id, t.sku, t.name FROM item_text t LIMIT p_limit)
  ),
  of_barcode AS (
    (SELECT b.id, b.code, b.item_id FROM item_barcode b WHERE b.tenant_id = current_tenant() AND b.code ~>=~ p_text AND b.code ~<~ (p_text || chr(1114111))
     ORDER BY b.code USING ~<~ LIMIT p_limit)
    UNION (SELECT t.id, t.code, t.item_id FROM barcode_text t LIMIT p_limit)
  ),
  of_lot AS (
    (SELECT o.id, o.code, o.item_id FROM lot o WHERE o.tenant_id = current_tenant() AND o.code ~>=~ p_text AND o.code ~<~ (p_text || chr(1114111))
     ORDER BY o.code USING ~<~ LIMIT p_limit)
    UNION (SELECT t.id, t.code, t.item_id FROM lot_text t LIMIT p_limit)
  ),
  of_location AS (
    (SELECT l.id, l.code, l.name, l.site_id, false AS scanned FROM location l
     WHERE l.tenant_id = current_tenant() AND l.code ~>=~ upper(p_text) AND l.code ~<~ (upper(p_text) || chr(1114111)) AND (p_sites IS NULL OR l.site_id = ANY (p_sites))
     ORDER BY l.code USING ~<~ LIMIT p_limit)
    UNION (SELECT t.id, t.code, t.name, t.site_id, false FROM location_text t LIMIT p_limit)
    UNION (SELECT l.id, l.code, l.name, l.site_id, true FROM location l
           WHERE l.tenant_id = current_tenant() AND l.barcode = p_text AND (p_sites IS NULL OR l.site_id = ANY (p_sites)))
  ),
  of_order AS (
    (SELECT o.id, o.number, o.supplier_id, o.site_id FROM purchase_order o
     WHERE o.tenant_id = current_tenant() AND o.number ~>=~ upper(p_text) AND o.number ~<~ (upper(p_text) || chr(1114111)) AND (p_sites IS NULL OR o.site_id = ANY (p_sites))
     ORDER BY o.number USING ~<~ LIMIT p_limit)
    UNION (SELECT t.id, t.number, t.supplier_id, t.site_id FROM order_text t LIMIT p_limit)
  ),
  of_supplier AS (
    (SELECT s.id, s.code, s.name FROM supplier s WHERE s.tenant_id = current_tenant() AND s.code ~>=~ upper(p_text) AND s.code ~<~ (upper(p_text) || chr(1114111))
     ORDER BY s.code USING ~<~ LIMIT p_limit)
    UNION (SELECT t.id, t.code, t.name FROM supplier_text t LIMIT p_limit)
  ),
  hit AS (
    SELECT 'ITEM' AS kind, f.id, f.sku AS code, f.name, NULL::uuid AS site_id, NULL::uuid AS item_id, false AS scanned FROM of_item f
    UNION ALL
    SELECT 'BARCODE', f.id, f.code, i.name, NULL, i.id, false FROM of_barcode f JOIN item i ON i.tenant_id = current_tenant() AND i.id = f.item_id
    UNION ALL
    SELECT 'LOT', f.id, f.code, i.name, NULL, i.id, false FROM of_lot f JOIN item i ON i.tenant_id = current_tenant() AND i.id = f.item_id
    UNION ALL
    SELECT 'LOCATION', f.id, f.code, f.name, f.site_id, NULL, bool_or(f.scanned) FROM of_location f GROUP BY f.id, f.code, f.name, f.site_id
    UNION ALL
    SELECT 'PURCHASE_ORDER', f.id, f.number, s.name, f.site_id, NULL, false FROM of_order f JOIN supplier s ON s.tenant_id = current_tenant() AND s.id = f.supplier_id
    UNION ALL
    SELECT 'SUPPLIER', f.id, f.code, f.name, NULL, NULL, false FROM of_supplier f
  ),
  ranked AS (
    SELECT h.kind, h.id, h.code, h.name, h.site_id, h.item_id,
           CASE WHEN h.scanned OR lower(h.code) = lower(p_text) THEN 0 WHEN starts_with(lower(h.code), lower(p_text)) THEN 1 ELSE 2 END AS rank
    FROM hit h
  )
  SELECT n.kind, n.id, n.code, n.name, n.site_id, n.item_id, n.rank
  FROM (SELECT r.*, row_number() OVER (PARTITION BY r.kind ORDER BY r.rank, r.code, r.id) AS place FROM ranked r) n
  WHERE n.place <= p_limit;
END;
REVOKE ALL ON FUNCTION search_everything(text, text, integer, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_everything(text, text, integer, uuid[]) TO {{app_role}};
