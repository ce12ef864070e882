-- What is ordered from suppliers, and what of it arrived.

/* The last number given to a kind of document: one row a kind, which puts those who take a number in order until they commit. */
CREATE TABLE document_counter (
  tenant_id  uuid NOT NULL DEFAULT current_tenant() CONSTRAINT document_counter_tenant_fkey REFERENCES tenant (id),
  kind       text NOT NULL CONSTRAINT document_counter_kind_form CHECK (kind ~ '^[A-Z]{2}$'),
  last       bigint NOT NULL CONSTRAINT document_counter_last_positive CHECK (last > 0),
  CONSTRAINT document_counter_pkey PRIMARY KEY (tenant_id, kind)
);

/*
 * `PO-000123`: without gaps, since a transaction that fails gives its number back. Whoever takes one keeps the next ones waiting until
 * they commit: a document's lines are written first and its head last, which their foreign keys let them.
 */
CREATE FUNCTION next_document_number(p_kind text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE v_last bigint;
BEGIN
  INSERT INTO document_counter AS c (kind, last) VALUES (p_kind, 1)
  ON CONFLICT (tenant_id, kind) DO UPDATE SET last = c.last + 1 RETURNING last INTO v_last;
  RETURN p_kind || '-' || lpad(v_last::text, greatest(6, length(v_last::text)), '0');
END $$;

/* What a supplier offers of an item: in which unit, under which code, for how much a unit, and how long it takes. */
CREATE TABLE supplier_item (
  tenant_id         uuid NOT NULL DEFAULT current_tenant(),
  id                uuid NOT NULL DEFAULT new_id(),
  supplier_id       uuid NOT NULL,
  item_id           uuid NOT NULL,
  supplier_sku      text CONSTRAINT supplier_item_supplier_sku_length CHECK (length(supplier_sku) BETWEEN 1 AND 64),
  uom               text NOT NULL,
  unit_price        numeric(15,4) CONSTRAINT supplier_item_unit_price_not_negative CHECK (unit_price >= 0),
  lead_time_days    integer CONSTRAINT supplier_item_lead_time_days_range CHECK (lead_time_days BETWEEN 0 AND 3650),
  minimum_quantity  numeric(15,4) CONSTRAINT supplier_item_minimum_quantity_positive CHECK (minimum_quantity > 0),
  maximum_quantity  numeric(15,4) CONSTRAINT supplier_item_maximum_quantity_positive CHECK (maximum_quantity > 0),
  version           integer NOT NULL DEFAULT 1,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT supplier_item_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT supplier_item_item_key UNIQUE (tenant_id, supplier_id, item_id),
  CONSTRAINT supplier_item_maximum_quantity_range CHECK (maximum_quantity >= minimum_quantity),
  CONSTRAINT supplier_item_supplier_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES supplier (tenant_id, id),
  CONSTRAINT supplier_item_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT supplier_item_uom_fkey FOREIGN KEY (tenant_id, uom) REFERENCES unit (tenant_id, code)
);
CREATE INDEX supplier_item_item ON supplier_item (tenant_id, item_id, id);
CREATE INDEX supplier_item_uom ON supplier_item (tenant_id, uom);
CREATE INDEX supplier_item_created ON supplier_item (tenant_id, created_at, id);

CREATE TABLE purchase_order (
  tenant_id     uuid NOT NULL DEFAULT current_tenant() CONSTRAINT purchase_order_tenant_fkey REFERENCES tenant (id),
  id            uuid NOT NULL DEFAULT new_id(),
  number        text NOT NULL CONSTRAINT purchase_order_number_length CHECK (length(number) BETWEEN 1 AND 64),
  status        text NOT NULL DEFAULT 'DRAFT' CONSTRAINT purchase_order_status_known CHECK (status IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'SENT', 'PARTIALLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED')),
  supplier_id   uuid NOT NULL,
  site_id       uuid NOT NULL,
  note          text,
  created_by    uuid NOT NULL CONSTRAINT purchase_order_created_by_fkey REFERENCES app_user (id),
  submitted_by  uuid CONSTRAINT purchase_order_submitted_by_fkey REFERENCES app_user (id),
  submitted_at  timestamptz,
  approved_by   uuid CONSTRAINT purchase_order_approved_by_fkey REFERENCES app_user (id),
  approved_at   timestamptz,
  sent_at       timestamptz,
  closed_at     timestamptz,
  version       integer NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT purchase_order_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT purchase_order_number_key UNIQUE (tenant_id, number),
  CONSTRAINT purchase_order_supplier_fkey FOREIGN KEY (tenant_id, supplier_id) REFERENCES supplier (tenant_id, id),
  CONSTRAINT purchase_order_site_fkey FOREIGN KEY (tenant_id, site_id) REFERENCES site (tenant_id, id),
  /* Who did what stands there as long as the order has come so far. */
  CONSTRAINT purchase_order_submitted_form CHECK ((submitted_by IS NULL) = (submitted_at IS NULL)),
  CONSTRAINT purchase_order_approved_form CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
  CONSTRAINT purchase_order_status_form CHECK (CASE
    WHEN status = 'DRAFT' THEN submitted_at IS NULL AND approved_at IS NULL
    WHEN status = 'SUBMITTED' THEN submitted_at IS NOT NULL AND approved_at IS NULL
    WHEN status = 'CANCELLED' THEN true
    ELSE approved_at IS NOT NULL END AND (closed_at IS NOT NULL) = (status IN ('CLOSED', 'CANCELLED')) AND (status <> 'SENT' OR sent_at IS NOT NULL))
);
CREATE INDEX purchase_order_supplier ON purchase_order (tenant_id, supplier_id, number);
CREATE INDEX purchase_order_site ON purchase_order (tenant_id, site_id, number);
CREATE INDEX purchase_order_status ON purchase_order (tenant_id, status, number);
CREATE INDEX purchase_order_created ON purchase_order (tenant_id, created_at, id);
CREATE INDEX purchase_order_created_by ON purchase_order (created_by);
CREATE INDEX purchase_order_submitted_by ON purchase_order (submitted_by);
CREATE INDEX purchase_order_approved_by ON purchase_order (approved_by);
CREATE INDEX purchase_order_search ON purchase_order USING gin (tenant_id, lower(number) gin_trgm_ops);

/* Quantities and price are in the line's unit. Received is all that arrived, rejected the part of it that was refused. */
CREATE TABLE purchase_order_line (
  tenant_id          uuid NOT NULL DEFAULT current_tenant(),
  id                 uuid NOT NULL DEFAULT new_id(),
  purchase_order_id  uuid NOT NULL,
  line_number        integer NOT NULL CONSTRAINT purchase_order_line_line_number_positive CHECK (line_number > 0),
  item_id            uuid NOT NULL,
  uom                text NOT NULL,
  quantity           numeric(15,4) NOT NULL CONSTRAINT purchase_order_line_quantity_positive CHECK (quantity > 0),
  unit_price         numeric(15,4) NOT NULL CONSTRAINT purchase_order_line_unit_price_not_negative CHECK (unit_price >= 0),
  due_date           date,
  received_quantity  numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT purchase_order_line_received_quantity_not_negative CHECK (received_quantity >= 0),
  rejected_quantity  numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT purchase_order_line_rejected_quantity_not_negative CHECK (rejected_quantity >= 0),
  CONSTRAINT purchase_order_line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT purchase_order_line_number_key UNIQUE (tenant_id, purchase_order_id, line_number),
  CONSTRAINT purchase_order_line_rejected_quantity_range CHECK (rejected_quantity <= received_quantity),
  CONSTRAINT purchase_order_line_order_fkey FOREIGN KEY (tenant_id, purchase_order_id) REFERENCES purchase_order (tenant_id, id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT purchase_order_line_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT purchase_order_line_uom_fkey FOREIGN KEY (tenant_id, uom) REFERENCES unit (tenant_id, code)
);
CREATE INDEX purchase_order_line_item ON purchase_order_line (tenant_id, item_id, purchase_order_id);
CREATE INDEX purchase_order_line_uom ON purchase_order_line (tenant_id, uom);

/* Its events in the ledger have `source_type` RECEIPT and its id. One that was a mistake is reversed as a whole, and stays. */
CREATE TABLE receipt (
  tenant_id          uuid NOT NULL DEFAULT current_tenant(),
  id                 uuid NOT NULL DEFAULT new_id(),
  number             text NOT NULL CONSTRAINT receipt_number_length CHECK (length(number) BETWEEN 1 AND 64),
  purchase_order_id  uuid NOT NULL,
  note               text,
  user_id            uuid NOT NULL CONSTRAINT receipt_user_fkey REFERENCES app_user (id),
  reversed_by        uuid CONSTRAINT receipt_reversed_by_fkey REFERENCES app_user (id),
  reversed_at        timestamptz,
  version            integer NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT receipt_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT receipt_number_key UNIQUE (tenant_id, number),
  CONSTRAINT receipt_order_fkey FOREIGN KEY (tenant_id, purchase_order_id) REFERENCES purchase_order (tenant_id, id),
  CONSTRAINT receipt_reversed_form CHECK ((reversed_by IS NULL) = (reversed_at IS NULL))
);
CREATE INDEX receipt_order ON receipt (tenant_id, purchase_order_id, number);
CREATE INDEX receipt_created ON receipt (tenant_id, created_at, id);
CREATE INDEX receipt_user ON receipt (user_id);
CREATE INDEX receipt_reversed_by ON receipt (reversed_by);

CREATE TABLE receipt_line (
  tenant_id               uuid NOT NULL DEFAULT current_tenant(),
  receipt_id              uuid NOT NULL,
  line_number             integer NOT NULL CONSTRAINT receipt_line_line_number_positive CHECK (line_number > 0),
  purchase_order_line_id  uuid NOT NULL,
  quantity                numeric(15,4) NOT NULL CONSTRAINT receipt_line_quantity_positive CHECK (quantity > 0),
  rejected_quantity       numeric(15,4) NOT NULL CONSTRAINT receipt_line_rejected_quantity_not_negative CHECK (rejected_quantity >= 0),
  location_id             uuid NOT NULL,
  rejected_location_id    uuid,
  lot_id                  uuid,
  CONSTRAINT receipt_line_pkey PRIMARY KEY (tenant_id, receipt_id, line_number),
  CONSTRAINT receipt_line_rejected_quantity_range CHECK (rejected_quantity <= quantity),
  CONSTRAINT receipt_line_rejected_location_form CHECK ((rejected_location_id IS NULL) = (rejected_quantity = 0)),
  CONSTRAINT receipt_line_receipt_fkey FOREIGN KEY (tenant_id, receipt_id) REFERENCES receipt (tenant_id, id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT receipt_line_order_line_fkey FOREIGN KEY (tenant_id, purchase_order_line_id) REFERENCES purchase_order_line (tenant_id, id),
  CONSTRAINT receipt_line_location_fkey FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id),
  CONSTRAINT receipt_line_rejected_location_fkey FOREIGN KEY (tenant_id, rejected_location_id) REFERENCES location (tenant_id, id),
  CONSTRAINT receipt_line_lot_fkey FOREIGN KEY (tenant_id, lot_id) REFERENCES lot (tenant_id, id)
);
CREATE INDEX receipt_line_order_line ON receipt_line (tenant_id, purchase_order_line_id);
CREATE INDEX receipt_line_location ON receipt_line (tenant_id, location_id);
CREATE INDEX receipt_line_rejected_location ON receipt_line (tenant_id, rejected_location_id);
CREATE INDEX receipt_line_lot ON receipt_line (tenant_id, lot_id);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['document_counter', 'supplier_item', 'purchase_order', 'purchase_order_line', 'receipt', 'receipt_line'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_id = (SELECT current_tenant()))', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON document_counter, purchase_order, purchase_order_line, receipt TO {{app_role}};
GRANT SELECT, INSERT, UPDATE, DELETE ON supplier_item TO {{app_role}};
GRANT DELETE ON purchase_order_line TO {{app_role}};
GRANT SELECT, INSERT ON receipt_line TO {{app_role}};
REVOKE ALL ON FUNCTION next_document_number(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_document_number(text) TO {{app_role}};

/* The same as before, with one task more. */
CREATE OR REPLACE FUNCTION add_job(p_task text, p_payload jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_task <> ALL (ARRAY['send-password-link', 'send-password-notice', 'send-purchase-order']) THEN
    RAISE EXCEPTION 'There is no task %', p_task USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF current_tenant() IS NULL THEN
    RAISE EXCEPTION 'A job belongs to a tenant' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM graphile_worker.add_job(p_task, (p_payload || jsonb_build_object('tenantId', current_tenant()))::json, max_attempts := 13);
END $$;

/* By the order's number, or by what its supplier is called. */
CREATE FUNCTION search_purchase_orders(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT id FROM purchase_order WHERE tenant_id = current_tenant() AND lower(number) LIKE lower(p_pattern)
  UNION ALL
  SELECT o.id FROM supplier s JOIN purchase_order o ON o.tenant_id = s.tenant_id AND o.supplier_id = s.id
  WHERE s.tenant_id = current_tenant() AND s.search_text LIKE lower(p_pattern);
END;
REVOKE ALL ON FUNCTION search_purchase_orders(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_purchase_orders(text) TO {{app_role}};
