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
  IF p_task <> ALL (ARRAY['compute-abc-classes', 'find-alerts', 'send-alert-digests']) THEN
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

-- Alerts: what asks for somebody's attention.

/*
 * One row for each cause while it lasts; the next time it is another. Null `site_id`: of the company as a whole. `quantity` is what is
 * available of an item, or on hand of a lot in that site; `threshold` what it fell below; `due_on` the day that passes.
 */
CREATE TABLE alert (
  tenant_id          uuid NOT NULL DEFAULT current_tenant() CONSTRAINT alert_tenant_fkey REFERENCES tenant (id),
  id                 uuid NOT NULL DEFAULT new_id(),
  type               text NOT NULL CONSTRAINT alert_type_known CHECK (type IN ('LOW_STOCK', 'OUT_OF_STOCK', 'EXPIRING', 'EXPIRED', 'PO_OVERDUE', 'COUNT_DUE')),
  status             text NOT NULL DEFAULT 'OPEN' CONSTRAINT alert_status_known CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')),
  site_id            uuid,
  item_id            uuid,
  lot_id             uuid,
  purchase_order_id  uuid,
  cycle_count_id     uuid,
  /* Parts of a key must not be null. */
  cause_id           uuid NOT NULL GENERATED ALWAYS AS (coalesce(purchase_order_id, cycle_count_id, lot_id, item_id)) STORED,
  site_key           uuid NOT NULL GENERATED ALWAYS AS (coalesce(site_id, '00000000-0000-0000-0000-000000000000')) STORED,
  quantity           numeric(19,4),
  threshold          numeric(15,4),
  due_on             date,
  note               text,
  acknowledged_by    uuid CONSTRAINT alert_acknowledged_by_fkey REFERENCES app_user (id),
  acknowledged_at    timestamptz,
  resolved_at        timestamptz,
  version            integer NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT alert_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT alert_site_fkey FOREIGN KEY (tenant_id, site_id) REFERENCES site (tenant_id, id),
  CONSTRAINT alert_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT alert_lot_fkey FOREIGN KEY (tenant_id, lot_id, item_id) REFERENCES lot (tenant_id, id, item_id),
  CONSTRAINT alert_order_fkey FOREIGN KEY (tenant_id, purchase_order_id) REFERENCES purchase_order (tenant_id, id),
  CONSTRAINT alert_count_fkey FOREIGN KEY (tenant_id, cycle_count_id) REFERENCES cycle_count (tenant_id, id),
  CONSTRAINT alert_cause_form CHECK (CASE
    WHEN type IN ('LOW_STOCK', 'OUT_OF_STOCK') THEN item_id IS NOT NULL AND num_nonnulls(site_id, lot_id, purchase_order_id, cycle_count_id) = 0
    WHEN type IN ('EXPIRING', 'EXPIRED') THEN num_nonnulls(site_id, item_id, lot_id) = 3 AND num_nonnulls(purchase_order_id, cycle_count_id) = 0
    WHEN type = 'PO_OVERDUE' THEN num_nonnulls(site_id, purchase_order_id) = 2 AND num_nonnulls(item_id, lot_id, cycle_count_id) = 0
    ELSE num_nonnulls(site_id, cycle_count_id) = 2 AND num_nonnulls(item_id, lot_id, purchase_order_id) = 0 END),
  CONSTRAINT alert_acknowledged_form CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL)
    AND (acknowledged_by IS NOT NULL OR status <> 'ACKNOWLEDGED') AND (acknowledged_by IS NULL OR status <> 'OPEN')),
  CONSTRAINT alert_resolved_form CHECK ((status = 'RESOLVED') = (resolved_at IS NOT NULL))
);
CREATE UNIQUE INDEX alert_open_once ON alert (tenant_id, type, cause_id, site_key) WHERE status <> 'RESOLVED';
CREATE INDEX alert_open ON alert (tenant_id, created_at, id) WHERE status <> 'RESOLVED';
CREATE INDEX alert_status ON alert (tenant_id, status, created_at, id);
CREATE INDEX alert_type ON alert (tenant_id, type, created_at, id);
CREATE INDEX alert_site ON alert (tenant_id, site_id, created_at, id);
CREATE INDEX alert_item ON alert (tenant_id, item_id, created_at, id);
CREATE INDEX alert_lot ON alert (tenant_id, lot_id, item_id);
CREATE INDEX alert_order ON alert (tenant_id, purchase_order_id);
CREATE INDEX alert_count ON alert (tenant_id, cycle_count_id);
CREATE INDEX alert_acknowledged_by ON alert (acknowledged_by);
ALTER TABLE alert ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON alert USING (tenant_id = (SELECT current_tenant()));
GRANT SELECT, INSERT, UPDATE ON alert TO {{app_role}};

/* Found without reading every order and count there ever was. */
CREATE INDEX purchase_order_line_due ON purchase_order_line (tenant_id, due_date, purchase_order_id) WHERE received_quantity < quantity;
CREATE INDEX cycle_count_due ON cycle_count (tenant_id, scheduled_for, id) WHERE status = 'SCHEDULED';

/* Whether someone is sent a mail every morning with the alerts that are open. */
ALTER TABLE membership ADD COLUMN alert_digest text NOT NULL DEFAULT 'NONE' CONSTRAINT membership_alert_digest_known CHECK (alert_digest IN ('NONE', 'DAILY'));

/*
 * To be called by whatever changed stock or a document: a job of the same transaction looks for alerts of these things, once for each
 * however often it changed meanwhile. An item of which nobody asked to be told costs nothing: its stock has no reorder point, and what
 * moved of it (not in `p_expiring`) no date. Of many things at once, one job.
 */
CREATE FUNCTION watch_items(p_items uuid[], p_expiring uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM watch_things(ARRAY(
    SELECT i.id FROM item i WHERE i.tenant_id = current_tenant() AND i.id = ANY (p_items)
      AND (i.id = ANY (p_expiring) OR i.active AND i.reorder_point IS NOT NULL) ORDER BY i.id));
END $$;
CREATE FUNCTION watch_things(p_things uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_tenant uuid := current_tenant();
BEGIN
  IF v_tenant IS NULL THEN
    RAISE EXCEPTION 'A job belongs to a tenant' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF cardinality(p_things) > 20 THEN
    PERFORM graphile_worker.add_job('find-alerts', json_build_object('tenantId', v_tenant, 'things', p_things), max_attempts := 5);
  ELSIF cardinality(p_things) > 0 THEN
    PERFORM graphile_worker.add_jobs(ARRAY(
      SELECT ROW('find-alerts', json_build_object('tenantId', v_tenant, 'things', ARRAY[t.id]), NULL, NULL, 5, 'alerts of ' || t.id, NULL, NULL)::graphile_worker.job_spec
      FROM unnest(p_things) AS t (id) ORDER BY t.id));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION add_job(p_task text, p_payload jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_task <> ALL (ARRAY['send-password-link', 'send-password-notice', 'send-purchase-order', 'find-alerts', 'send-alert-digest']) THEN
    RAISE EXCEPTION 'There is no task %', p_task USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF current_tenant() IS NULL THEN
    RAISE EXCEPTION 'A job belongs to a tenant' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM graphile_worker.add_job(p_task, (p_payload || jsonb_build_object('tenantId', current_tenant()))::json, max_attempts := 13);
END $$;
/* Mails of the transaction's tenant that were given up: of what is done by the clock the next time makes good. */
CREATE OR REPLACE FUNCTION list_failed_jobs() RETURNS TABLE (id bigint, task text, user_id uuid, attempts integer, last_error text, created_at timestamptz, failed_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT j.id, t.identifier, (j.payload ->> 'userId')::uuid, j.attempts::integer, j.last_error, j.created_at, j.updated_at
    FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
    WHERE t.identifier = ANY (ARRAY['send-password-link', 'send-password-notice', 'send-purchase-order', 'send-alert-digest'])
      AND j.attempts >= j.max_attempts AND j.locked_at IS NULL AND j.payload ->> 'tenantId' = current_tenant()::text
    ORDER BY j.id DESC LIMIT 1000;
END $$;

REVOKE ALL ON FUNCTION watch_items(uuid[], uuid[]), watch_things(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watch_items(uuid[], uuid[]), watch_things(uuid[]) TO {{app_role}};
