-- Counting what is there, and putting the books right by the difference.

CREATE TABLE cycle_count (
  tenant_id      uuid NOT NULL DEFAULT current_tenant() CONSTRAINT cycle_count_tenant_fkey REFERENCES tenant (id),
  id             uuid NOT NULL DEFAULT new_id(),
  number         text NOT NULL CONSTRAINT cycle_count_number_length CHECK (length(number) BETWEEN 1 AND 64),
  name           text NOT NULL CONSTRAINT cycle_count_name_length CHECK (length(name) BETWEEN 1 AND 200),
  site_id        uuid NOT NULL,
  type           text NOT NULL CONSTRAINT cycle_count_type_known CHECK (type IN ('FULL', 'LOCATION', 'ITEM', 'ABC', 'RANDOM')),
  /* What the type needs besides: places, items, a class, how many lines. */
  location_ids   uuid[] NOT NULL DEFAULT '{}',
  item_ids       uuid[] NOT NULL DEFAULT '{}',
  abc_class      text CONSTRAINT cycle_count_abc_class_known CHECK (abc_class IN ('A', 'B', 'C')),
  sample_size    integer CONSTRAINT cycle_count_sample_size_positive CHECK (sample_size > 0),
  blind          boolean NOT NULL DEFAULT false,
  status         text NOT NULL DEFAULT 'SCHEDULED' CONSTRAINT cycle_count_status_known CHECK (status IN ('SCHEDULED', 'IN_PROGRESS', 'REVIEW', 'APPROVED', 'CANCELLED')),
  scheduled_for  date,
  created_by     uuid NOT NULL CONSTRAINT cycle_count_created_by_fkey REFERENCES app_user (id),
  started_at     timestamptz,
  ended_at       timestamptz,
  reversed_by    uuid CONSTRAINT cycle_count_reversed_by_fkey REFERENCES app_user (id),
  reversed_at    timestamptz,
  version        integer NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT cycle_count_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT cycle_count_number_key UNIQUE (tenant_id, number),
  CONSTRAINT cycle_count_site_fkey FOREIGN KEY (tenant_id, site_id) REFERENCES site (tenant_id, id),
  CONSTRAINT cycle_count_reversed_form CHECK ((reversed_by IS NULL) = (reversed_at IS NULL) AND (reversed_at IS NULL OR status = 'APPROVED')),
  CONSTRAINT cycle_count_status_form CHECK ((status IN ('APPROVED', 'CANCELLED')) = (ended_at IS NOT NULL) AND (status IN ('SCHEDULED', 'CANCELLED') OR started_at IS NOT NULL))
);
CREATE INDEX cycle_count_site ON cycle_count (tenant_id, site_id, number);
CREATE INDEX cycle_count_status ON cycle_count (tenant_id, status, number);
CREATE INDEX cycle_count_scheduled ON cycle_count (tenant_id, scheduled_for, id);
CREATE INDEX cycle_count_created ON cycle_count (tenant_id, created_at, id);
CREATE INDEX cycle_count_created_by ON cycle_count (created_by);
CREATE INDEX cycle_count_reversed_by ON cycle_count (reversed_by);

/*
 * One balance to count. `expected_quantity` is what the books said when the count began, `book_quantity` what they said at the moment
 * of counting: the difference is against that one, so that what moved before or afterwards is not undone.
 */
CREATE TABLE cycle_count_line (
  tenant_id          uuid NOT NULL DEFAULT current_tenant(),
  id                 uuid NOT NULL DEFAULT new_id(),
  cycle_count_id     uuid NOT NULL,
  item_id            uuid NOT NULL,
  location_id        uuid NOT NULL,
  lot_id             uuid,
  lot_key            uuid NOT NULL GENERATED ALWAYS AS (coalesce(lot_id, '00000000-0000-0000-0000-000000000000')) STORED,
  stock_status       text NOT NULL DEFAULT 'AVAILABLE' CONSTRAINT cycle_count_line_stock_status_known CHECK (stock_status IN ('AVAILABLE', 'HOLD')),
  status             text NOT NULL DEFAULT 'PENDING' CONSTRAINT cycle_count_line_status_known CHECK (status IN ('PENDING', 'COUNTED', 'APPROVED', 'RECOUNT')),
  expected_quantity  numeric(15,4) NOT NULL CONSTRAINT cycle_count_line_expected_quantity_not_negative CHECK (expected_quantity >= 0),
  book_quantity      numeric(15,4) CONSTRAINT cycle_count_line_book_quantity_not_negative CHECK (book_quantity >= 0),
  counted_quantity   numeric(15,4) CONSTRAINT cycle_count_line_counted_quantity_not_negative CHECK (counted_quantity >= 0),
  counted_by         uuid CONSTRAINT cycle_count_line_counted_by_fkey REFERENCES app_user (id),
  counted_at         timestamptz,
  approved_by        uuid CONSTRAINT cycle_count_line_approved_by_fkey REFERENCES app_user (id),
  reason_code        text,
  CONSTRAINT cycle_count_line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT cycle_count_line_stock_key UNIQUE (tenant_id, cycle_count_id, item_id, location_id, lot_key, stock_status),
  CONSTRAINT cycle_count_line_count_fkey FOREIGN KEY (tenant_id, cycle_count_id) REFERENCES cycle_count (tenant_id, id),
  CONSTRAINT cycle_count_line_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT cycle_count_line_location_fkey FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id),
  CONSTRAINT cycle_count_line_lot_fkey FOREIGN KEY (tenant_id, lot_id, item_id) REFERENCES lot (tenant_id, id, item_id),
  CONSTRAINT cycle_count_line_counted_form CHECK ((status = 'PENDING') = (counted_by IS NULL)
    AND (counted_by IS NULL) = (counted_quantity IS NULL) AND (counted_by IS NULL) = (book_quantity IS NULL) AND (counted_by IS NULL) = (counted_at IS NULL)),
  CONSTRAINT cycle_count_line_approved_form CHECK ((status = 'APPROVED') = (approved_by IS NOT NULL)),
  CONSTRAINT cycle_count_line_another_form CHECK (approved_by <> counted_by)
);
CREATE INDEX cycle_count_line_item ON cycle_count_line (tenant_id, item_id);
CREATE INDEX cycle_count_line_location ON cycle_count_line (tenant_id, location_id);
CREATE INDEX cycle_count_line_lot ON cycle_count_line (tenant_id, lot_id, item_id);
CREATE INDEX cycle_count_line_counted_by ON cycle_count_line (counted_by);
CREATE INDEX cycle_count_line_approved_by ON cycle_count_line (approved_by);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['cycle_count', 'cycle_count_line'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_id = (SELECT current_tenant()))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO {{app_role}}', t);
  END LOOP;
END $$;
