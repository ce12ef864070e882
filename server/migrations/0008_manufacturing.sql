-- What things are made of, orders to make them, and what was consumed and made for each.

/* `revision` is what people call the version of a bill of materials; `version` counts the changes of the row, as everywhere. */
CREATE TABLE bom (
  tenant_id       uuid NOT NULL DEFAULT current_tenant() CONSTRAINT bom_tenant_fkey REFERENCES tenant (id),
  id              uuid NOT NULL DEFAULT new_id(),
  item_id         uuid NOT NULL,
  revision        text NOT NULL CONSTRAINT bom_revision_length CHECK (length(revision) BETWEEN 1 AND 64),
  status          text NOT NULL DEFAULT 'DRAFT' CONSTRAINT bom_status_known CHECK (status IN ('DRAFT', 'ACTIVE', 'RETIRED')),
  yield_quantity  numeric(15,4) NOT NULL CONSTRAINT bom_yield_quantity_positive CHECK (yield_quantity > 0),
  effective_from  date,
  effective_to    date,
  note            text,
  created_by      uuid NOT NULL CONSTRAINT bom_created_by_fkey REFERENCES app_user (id),
  activated_at    timestamptz,
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT bom_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT bom_revision_key UNIQUE (tenant_id, item_id, revision),
  CONSTRAINT bom_item_key UNIQUE (tenant_id, id, item_id),
  CONSTRAINT bom_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT bom_effective_range CHECK (effective_to >= effective_from),
  CONSTRAINT bom_activated_form CHECK ((status = 'DRAFT') = (activated_at IS NULL))
);
CREATE UNIQUE INDEX bom_active_once ON bom (tenant_id, item_id) WHERE status = 'ACTIVE';
CREATE INDEX bom_status ON bom (tenant_id, status, created_at, id);
CREATE INDEX bom_created ON bom (tenant_id, created_at, id);
CREATE INDEX bom_created_by ON bom (created_by);

/* Quantities are in the component's base unit, for the yield of the bill. */
CREATE TABLE bom_component (
  tenant_id      uuid NOT NULL DEFAULT current_tenant(),
  bom_id         uuid NOT NULL,
  line_number    integer NOT NULL CONSTRAINT bom_component_line_number_positive CHECK (line_number > 0),
  item_id        uuid NOT NULL,
  quantity       numeric(15,4) NOT NULL CONSTRAINT bom_component_quantity_positive CHECK (quantity > 0),
  scrap_percent  numeric(6,3) NOT NULL DEFAULT 0 CONSTRAINT bom_component_scrap_percent_range CHECK (scrap_percent BETWEEN 0 AND 100),
  issue_method   text NOT NULL CONSTRAINT bom_component_issue_method_known CHECK (issue_method IN ('MANUAL', 'BACKFLUSH')),
  CONSTRAINT bom_component_pkey PRIMARY KEY (tenant_id, bom_id, line_number),
  CONSTRAINT bom_component_item_key UNIQUE (tenant_id, bom_id, item_id),
  CONSTRAINT bom_component_bom_fkey FOREIGN KEY (tenant_id, bom_id) REFERENCES bom (tenant_id, id),
  CONSTRAINT bom_component_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id)
);
CREATE INDEX bom_component_item ON bom_component (tenant_id, item_id, bom_id);

CREATE TABLE production_order (
  tenant_id          uuid NOT NULL DEFAULT current_tenant() CONSTRAINT production_order_tenant_fkey REFERENCES tenant (id),
  id                 uuid NOT NULL DEFAULT new_id(),
  number             text NOT NULL CONSTRAINT production_order_number_length CHECK (length(number) BETWEEN 1 AND 64),
  status             text NOT NULL DEFAULT 'PLANNED' CONSTRAINT production_order_status_known CHECK (status IN ('PLANNED', 'RELEASED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED', 'CANCELLED')),
  item_id            uuid NOT NULL,
  bom_id             uuid NOT NULL,
  site_id            uuid NOT NULL,
  quantity           numeric(15,4) NOT NULL CONSTRAINT production_order_quantity_positive CHECK (quantity > 0),
  produced_quantity  numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT production_order_produced_quantity_not_negative CHECK (produced_quantity >= 0),
  scrapped_quantity  numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT production_order_scrapped_quantity_not_negative CHECK (scrapped_quantity >= 0),
  due_date           date,
  note               text,
  created_by         uuid NOT NULL CONSTRAINT production_order_created_by_fkey REFERENCES app_user (id),
  released_at        timestamptz,
  completed_at       timestamptz,
  closed_at          timestamptz,
  version            integer NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT production_order_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT production_order_number_key UNIQUE (tenant_id, number),
  CONSTRAINT production_order_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT production_order_bom_fkey FOREIGN KEY (tenant_id, bom_id, item_id) REFERENCES bom (tenant_id, id, item_id),
  CONSTRAINT production_order_site_fkey FOREIGN KEY (tenant_id, site_id) REFERENCES site (tenant_id, id),
  CONSTRAINT production_order_status_form CHECK (
    (status IN ('PLANNED', 'CANCELLED') OR released_at IS NOT NULL)
    AND (status IN ('COMPLETED', 'CLOSED')) = (completed_at IS NOT NULL)
    AND (status IN ('CLOSED', 'CANCELLED')) = (closed_at IS NOT NULL)
    AND (status IN ('IN_PROGRESS', 'COMPLETED', 'CLOSED') OR (produced_quantity = 0 AND scrapped_quantity = 0)))
);
CREATE INDEX production_order_item ON production_order (tenant_id, item_id, number);
CREATE INDEX production_order_bom ON production_order (tenant_id, bom_id, item_id);
CREATE INDEX production_order_site ON production_order (tenant_id, site_id, number);
CREATE INDEX production_order_status ON production_order (tenant_id, status, number);
CREATE INDEX production_order_created ON production_order (tenant_id, created_at, id);
CREATE INDEX production_order_created_by ON production_order (created_by);

/* What the order needs: copied from its bill at release. What is consumed besides has a planned quantity of nothing. */
CREATE TABLE production_component (
  tenant_id            uuid NOT NULL DEFAULT current_tenant(),
  production_order_id  uuid NOT NULL,
  line_number          integer NOT NULL CONSTRAINT production_component_line_number_positive CHECK (line_number > 0),
  item_id              uuid NOT NULL,
  planned_quantity     numeric(15,4) NOT NULL CONSTRAINT production_component_planned_quantity_not_negative CHECK (planned_quantity >= 0),
  consumed_quantity    numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT production_component_consumed_quantity_not_negative CHECK (consumed_quantity >= 0),
  issue_method         text NOT NULL CONSTRAINT production_component_issue_method_known CHECK (issue_method IN ('MANUAL', 'BACKFLUSH')),
  CONSTRAINT production_component_pkey PRIMARY KEY (tenant_id, production_order_id, line_number),
  CONSTRAINT production_component_item_key UNIQUE (tenant_id, production_order_id, item_id),
  CONSTRAINT production_component_order_fkey FOREIGN KEY (tenant_id, production_order_id) REFERENCES production_order (tenant_id, id),
  CONSTRAINT production_component_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id)
);
CREATE INDEX production_component_item ON production_component (tenant_id, item_id, production_order_id);

/* One consumption or one output of an order. Its events have the same `source_type` and its id; undone as a whole, it stays. */
CREATE TABLE production_posting (
  tenant_id            uuid NOT NULL DEFAULT current_tenant(),
  id                   uuid NOT NULL DEFAULT new_id(),
  production_order_id  uuid NOT NULL,
  type                 text NOT NULL CONSTRAINT production_posting_type_known CHECK (type IN ('CONSUMPTION', 'OUTPUT')),
  quantity             numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT production_posting_quantity_not_negative CHECK (quantity >= 0),
  scrap_quantity       numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT production_posting_scrap_quantity_not_negative CHECK (scrap_quantity >= 0),
  reason_code          text,
  note                 text,
  user_id              uuid NOT NULL CONSTRAINT production_posting_user_fkey REFERENCES app_user (id),
  reversed_by          uuid CONSTRAINT production_posting_reversed_by_fkey REFERENCES app_user (id),
  reversed_at          timestamptz,
  version              integer NOT NULL DEFAULT 1,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT production_posting_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT production_posting_order_fkey FOREIGN KEY (tenant_id, production_order_id) REFERENCES production_order (tenant_id, id),
  CONSTRAINT production_posting_reversed_form CHECK ((reversed_by IS NULL) = (reversed_at IS NULL)),
  CONSTRAINT production_posting_type_form CHECK ((type = 'OUTPUT') = (quantity + scrap_quantity > 0))
);
CREATE INDEX production_posting_order ON production_posting (tenant_id, production_order_id, created_at, id);
CREATE INDEX production_posting_created ON production_posting (tenant_id, created_at, id);
CREATE INDEX production_posting_user ON production_posting (user_id);
CREATE INDEX production_posting_reversed_by ON production_posting (reversed_by);

/* A document's promise of one balance is one row. */
CREATE UNIQUE INDEX inventory_allocation_once ON inventory_allocation (tenant_id, document_type, document_id, item_id, location_id, lot_key, status);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['bom', 'bom_component', 'production_order', 'production_component', 'production_posting'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_id = (SELECT current_tenant()))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO {{app_role}}', t);
  END LOOP;
END $$;
GRANT DELETE ON bom_component TO {{app_role}};
CREATE INDEX production_order_search ON production_order USING gin (tenant_id, lower(number) gin_trgm_ops);

/* By the order's number, or by what is made. */
CREATE FUNCTION search_production_orders(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT id FROM production_order WHERE tenant_id = current_tenant() AND lower(number) LIKE lower(p_pattern)
  UNION ALL
  SELECT o.id FROM item i JOIN production_order o ON o.tenant_id = i.tenant_id AND o.item_id = i.id
  WHERE i.tenant_id = current_tenant() AND i.search_text LIKE lower(p_pattern);
END;
REVOKE ALL ON FUNCTION search_production_orders(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_production_orders(text) TO {{app_role}};

/* One at a time makes bills active, in each company: a loop that two of them would close is seen by the second. */
CREATE FUNCTION lock_structure() RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('bom ' || current_tenant(), 0));
$$;
REVOKE ALL ON FUNCTION lock_structure() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_structure() TO {{app_role}};

/* Of orders that were begun elsewhere: what had come before they were brought in. */
ALTER TABLE purchase_order_line
  ADD COLUMN imported_received_quantity numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT purchase_order_line_imported_received_quantity_not_negative CHECK (imported_received_quantity >= 0),
  ADD COLUMN imported_rejected_quantity numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT purchase_order_line_imported_rejected_quantity_not_negative CHECK (imported_rejected_quantity >= 0),
  ADD CONSTRAINT purchase_order_line_imported_rejected_quantity_range CHECK (imported_rejected_quantity <= imported_received_quantity);

/* Planned before anybody knows the text: never by reading all orders. */
ALTER FUNCTION search_purchase_orders(text) SET enable_seqscan = off;
ALTER FUNCTION search_production_orders(text) SET enable_seqscan = off;
