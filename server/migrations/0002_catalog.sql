-- What is stored (units, items, barcodes, lots), where (locations), why it moves (reason codes), who supplies it.

CREATE TABLE unit (
  tenant_id   uuid NOT NULL DEFAULT current_tenant() CONSTRAINT unit_tenant_fkey REFERENCES tenant (id),
  id          uuid NOT NULL DEFAULT new_id(),
  code        text NOT NULL CONSTRAINT unit_code_length CHECK (length(code) BETWEEN 1 AND 16),
  name        text NOT NULL CONSTRAINT unit_name_length CHECK (length(name) BETWEEN 1 AND 200),
  whole       boolean NOT NULL DEFAULT false,
  active      boolean NOT NULL DEFAULT true,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT unit_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT unit_code_key UNIQUE (tenant_id, code)
);

CREATE TABLE item (
  tenant_id         uuid NOT NULL DEFAULT current_tenant() CONSTRAINT item_tenant_fkey REFERENCES tenant (id),
  id                uuid NOT NULL DEFAULT new_id(),
  sku               text NOT NULL CONSTRAINT item_sku_length CHECK (length(sku) BETWEEN 1 AND 64),
  name              text NOT NULL CONSTRAINT item_name_length CHECK (length(name) BETWEEN 1 AND 200),
  description       text,
  category          text,
  base_uom          text NOT NULL DEFAULT 'EA',
  tracking          text NOT NULL DEFAULT 'NONE' CONSTRAINT item_tracking_known CHECK (tracking IN ('NONE', 'LOT', 'SERIAL')),
  shelf_life_days   integer CONSTRAINT item_shelf_life_days_range CHECK (shelf_life_days BETWEEN 0 AND 36500),
  reorder_point     numeric(15,4) CONSTRAINT item_reorder_point_not_negative CHECK (reorder_point >= 0),
  safety_stock      numeric(15,4) CONSTRAINT item_safety_stock_not_negative CHECK (safety_stock >= 0),
  reorder_quantity  numeric(15,4) CONSTRAINT item_reorder_quantity_not_negative CHECK (reorder_quantity >= 0),
  maximum_stock     numeric(15,4) CONSTRAINT item_maximum_stock_not_negative CHECK (maximum_stock >= 0),
  abc_class         text CONSTRAINT item_abc_class_known CHECK (abc_class IN ('A', 'B', 'C')),
  standard_cost     numeric(15,4) CONSTRAINT item_standard_cost_not_negative CHECK (standard_cost >= 0),
  active            boolean NOT NULL DEFAULT true,
  search_text       text NOT NULL GENERATED ALWAYS AS (lower(sku || ' ' || name)) STORED,
  version           integer NOT NULL DEFAULT 1,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT item_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT item_sku_key UNIQUE (tenant_id, sku),
  CONSTRAINT item_base_uom_fkey FOREIGN KEY (tenant_id, base_uom) REFERENCES unit (tenant_id, code)
);
CREATE INDEX item_base_uom ON item (tenant_id, base_uom);
CREATE INDEX item_name ON item (tenant_id, name, id);
CREATE INDEX item_category ON item (tenant_id, category, sku, id);
CREATE INDEX item_created ON item (tenant_id, created_at, id);
CREATE INDEX item_updated ON item (tenant_id, updated_at, id);
CREATE INDEX item_tracking ON item (tenant_id, tracking, sku, id);
CREATE INDEX item_inactive ON item (tenant_id, sku, id) WHERE NOT active;
CREATE INDEX item_reorder ON item (tenant_id, id) WHERE active AND reorder_point IS NOT NULL;
CREATE INDEX item_search ON item USING gin (tenant_id, search_text gin_trgm_ops);

/* 1 of this unit is `factor` of the item's base unit: 1 CTN = 12 EA. */
CREATE TABLE item_unit (
  tenant_id  uuid NOT NULL DEFAULT current_tenant(),
  item_id    uuid NOT NULL,
  uom        text NOT NULL,
  factor     numeric(15,4) NOT NULL CONSTRAINT item_unit_factor_positive CHECK (factor > 0),
  CONSTRAINT item_unit_pkey PRIMARY KEY (tenant_id, item_id, uom),
  CONSTRAINT item_unit_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT item_unit_uom_fkey FOREIGN KEY (tenant_id, uom) REFERENCES unit (tenant_id, code)
);
CREATE INDEX item_unit_uom ON item_unit (tenant_id, uom);

CREATE TABLE item_barcode (
  tenant_id   uuid NOT NULL DEFAULT current_tenant(),
  id          uuid NOT NULL DEFAULT new_id(),
  item_id     uuid NOT NULL,
  code        text NOT NULL CONSTRAINT item_barcode_length CHECK (length(code) BETWEEN 1 AND 128),
  uom         text,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT item_barcode_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT item_barcode_code_key UNIQUE (tenant_id, code),
  CONSTRAINT item_barcode_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT item_barcode_uom_fkey FOREIGN KEY (tenant_id, uom) REFERENCES unit (tenant_id, code)
);
CREATE INDEX item_barcode_item ON item_barcode (tenant_id, item_id, code);
CREATE INDEX item_barcode_uom ON item_barcode (tenant_id, uom);
CREATE INDEX item_barcode_search ON item_barcode USING gin (tenant_id, lower(code) gin_trgm_ops);

CREATE TABLE lot (
  tenant_id      uuid NOT NULL DEFAULT current_tenant(),
  id             uuid NOT NULL DEFAULT new_id(),
  item_id        uuid NOT NULL,
  code           text NOT NULL CONSTRAINT lot_code_length CHECK (length(code) BETWEEN 1 AND 64),
  expires_on     date,
  supplier_lot   text,
  search_text    text NOT NULL GENERATED ALWAYS AS (lower(code || ' ' || coalesce(supplier_lot, ''))) STORED,
  version        integer NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT lot_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT lot_code_key UNIQUE (tenant_id, item_id, code),
  CONSTRAINT lot_of_item_key UNIQUE (tenant_id, id, item_id),
  CONSTRAINT lot_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id)
);
CREATE INDEX lot_code ON lot (tenant_id, code, id);
CREATE INDEX lot_expiry ON lot (tenant_id, expires_on, id);
CREATE INDEX lot_created ON lot (tenant_id, created_at, id);
CREATE INDEX lot_search ON lot USING gin (tenant_id, search_text gin_trgm_ops);

CREATE TABLE location (
  tenant_id      uuid NOT NULL DEFAULT current_tenant(),
  id             uuid NOT NULL DEFAULT new_id(),
  site_id        uuid NOT NULL,
  parent_id      uuid,
  code           text NOT NULL CONSTRAINT location_code_length CHECK (length(code) BETWEEN 1 AND 64),
  name           text CONSTRAINT location_name_length CHECK (length(name) BETWEEN 1 AND 200),
  type           text NOT NULL CONSTRAINT location_type_known CHECK (type IN ('RECEIVING', 'STORAGE', 'PICKING', 'STAGING', 'PRODUCTION', 'QUALITY', 'SHIPPING', 'RETURNS', 'TRANSIT')),
  barcode        text CONSTRAINT location_barcode_length CHECK (length(barcode) BETWEEN 1 AND 128),
  pick_sequence  integer CONSTRAINT location_pick_sequence_range CHECK (pick_sequence >= 0),
  capacity       numeric(15,4) CONSTRAINT location_capacity_positive CHECK (capacity > 0),
  active         boolean NOT NULL DEFAULT true,
  search_text    text NOT NULL GENERATED ALWAYS AS (lower(code || ' ' || coalesce(name, '') || ' ' || coalesce(barcode, ''))) STORED,
  version        integer NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT location_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT location_code_key UNIQUE (tenant_id, site_id, code),
  CONSTRAINT location_of_site_key UNIQUE (tenant_id, site_id, id),
  CONSTRAINT location_barcode_key UNIQUE (tenant_id, barcode),
  CONSTRAINT location_site_fkey FOREIGN KEY (tenant_id, site_id) REFERENCES site (tenant_id, id),
  CONSTRAINT location_parent_fkey FOREIGN KEY (tenant_id, site_id, parent_id) REFERENCES location (tenant_id, site_id, id),
  CONSTRAINT location_not_its_own_parent CHECK (parent_id <> id)
);
/* The parent first: the check of its foreign key would otherwise read the whole site for each new place. */
CREATE INDEX location_parent ON location (tenant_id, parent_id, site_id);
CREATE INDEX location_type ON location (tenant_id, type, code, id);
CREATE INDEX location_code ON location (tenant_id, code, id);
CREATE INDEX location_pick_sequence ON location (tenant_id, pick_sequence, id);
CREATE INDEX location_created ON location (tenant_id, created_at, id);
CREATE INDEX location_inactive ON location (tenant_id, code, id) WHERE NOT active;
CREATE INDEX location_search ON location USING gin (tenant_id, search_text gin_trgm_ops);

/* A code belongs to the kinds of event that it explains. */
CREATE TABLE reason_code (
  tenant_id   uuid NOT NULL DEFAULT current_tenant() CONSTRAINT reason_code_tenant_fkey REFERENCES tenant (id),
  id          uuid NOT NULL DEFAULT new_id(),
  code        text NOT NULL CONSTRAINT reason_code_code_length CHECK (length(code) BETWEEN 1 AND 64),
  name        text NOT NULL CONSTRAINT reason_code_name_length CHECK (length(name) BETWEEN 1 AND 200),
  use         text NOT NULL CONSTRAINT reason_code_use_known CHECK (use IN ('SCRAP', 'ADJUST', 'HOLD', 'COUNT', 'REVERSAL', 'RETURN', 'EXPIRED_OVERRIDE', 'CONSUMPTION')),
  active      boolean NOT NULL DEFAULT true,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT reason_code_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT reason_code_code_key UNIQUE (tenant_id, use, code)
);

CREATE TABLE supplier (
  tenant_id   uuid NOT NULL DEFAULT current_tenant() CONSTRAINT supplier_tenant_fkey REFERENCES tenant (id),
  id          uuid NOT NULL DEFAULT new_id(),
  code        text NOT NULL CONSTRAINT supplier_code_length CHECK (length(code) BETWEEN 1 AND 64),
  name        text NOT NULL CONSTRAINT supplier_name_length CHECK (length(name) BETWEEN 1 AND 200),
  email       text,
  phone       text,
  website     text,
  active      boolean NOT NULL DEFAULT true,
  search_text text NOT NULL GENERATED ALWAYS AS (lower(code || ' ' || name)) STORED,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT supplier_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT supplier_code_key UNIQUE (tenant_id, code)
);
CREATE INDEX supplier_name ON supplier (tenant_id, name, id);
CREATE INDEX supplier_created ON supplier (tenant_id, created_at, id);
CREATE INDEX supplier_inactive ON supplier (tenant_id, code, id) WHERE NOT active;
CREATE INDEX supplier_search ON supplier USING gin (tenant_id, search_text gin_trgm_ops);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['unit', 'item', 'item_unit', 'item_barcode', 'lot', 'location', 'reason_code', 'supplier'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_id = (SELECT current_tenant()))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO {{app_role}}', t);
  END LOOP;
END $$;
GRANT DELETE ON item_unit, item_barcode TO {{app_role}};

/* Text search: LIKE and trigram operators are not leakproof, so under row-level security they could use no index.
   These run as the owner and filter on the tenant of the transaction themselves. `p_pattern` is a LIKE pattern with its wildcards escaped. */
CREATE FUNCTION search_items(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT id FROM item WHERE tenant_id = current_tenant() AND search_text LIKE lower(p_pattern)
  UNION ALL
  SELECT item_id FROM item_barcode WHERE tenant_id = current_tenant() AND lower(code) LIKE lower(p_pattern);
END;

CREATE FUNCTION search_locations(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT id FROM location WHERE tenant_id = current_tenant() AND search_text LIKE lower(p_pattern);
END;

CREATE FUNCTION search_suppliers(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT id FROM supplier WHERE tenant_id = current_tenant() AND search_text LIKE lower(p_pattern);
END;

CREATE FUNCTION search_lots(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT id FROM lot WHERE tenant_id = current_tenant() AND search_text LIKE lower(p_pattern);
END;

CREATE FUNCTION search_units(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT id FROM unit WHERE tenant_id = current_tenant() AND (code LIKE upper(p_pattern) OR lower(name) LIKE lower(p_pattern));
END;

CREATE FUNCTION search_reason_codes(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT id FROM reason_code WHERE tenant_id = current_tenant() AND (code LIKE upper(p_pattern) OR lower(name) LIKE lower(p_pattern));
END;

REVOKE ALL ON FUNCTION search_items(text), search_locations(text), search_suppliers(text), search_lots(text), search_units(text), search_reason_codes(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_items(text), search_locations(text), search_suppliers(text), search_lots(text), search_units(text), search_reason_codes(text) TO {{app_role}};
