-- Stock on its way from one site to another, and which picking place holds how much of what.

/* Sent whole from places of one site into its TRANSIT location, received in parts into places of another. */
CREATE TABLE transfer (
  tenant_id            uuid NOT NULL DEFAULT current_tenant() CONSTRAINT transfer_tenant_fkey REFERENCES tenant (id),
  id                   uuid NOT NULL DEFAULT new_id(),
  number               text NOT NULL CONSTRAINT transfer_number_length CHECK (length(number) BETWEEN 1 AND 64),
  from_site_id         uuid NOT NULL,
  to_site_id           uuid NOT NULL,
  status               text NOT NULL DEFAULT 'DRAFT' CONSTRAINT transfer_status_known CHECK (status IN ('DRAFT', 'SENT', 'PARTIALLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED')),
  note                 text,
  transit_location_id  uuid,
  created_by           uuid NOT NULL CONSTRAINT transfer_created_by_fkey REFERENCES app_user (id),
  sent_by              uuid CONSTRAINT transfer_sent_by_fkey REFERENCES app_user (id),
  sent_at              timestamptz,
  ended_at             timestamptz,
  version              integer NOT NULL DEFAULT 1,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT transfer_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT transfer_number_key UNIQUE (tenant_id, number),
  CONSTRAINT transfer_from_site_fkey FOREIGN KEY (tenant_id, from_site_id) REFERENCES site (tenant_id, id),
  CONSTRAINT transfer_to_site_fkey FOREIGN KEY (tenant_id, to_site_id) REFERENCES site (tenant_id, id),
  CONSTRAINT transfer_transit_location_fkey FOREIGN KEY (tenant_id, from_site_id, transit_location_id) REFERENCES location (tenant_id, site_id, id),
  CONSTRAINT transfer_goes_elsewhere CHECK (from_site_id <> to_site_id),
  CONSTRAINT transfer_sent_form CHECK ((sent_by IS NULL) = (sent_at IS NULL) AND (sent_by IS NULL) = (transit_location_id IS NULL)),
  CONSTRAINT transfer_status_form CHECK ((status IN ('RECEIVED', 'CLOSED', 'CANCELLED')) = (ended_at IS NOT NULL)
    AND (status = 'CANCELLED' OR (status = 'DRAFT') = (sent_at IS NULL)))
);
CREATE INDEX transfer_from_site ON transfer (tenant_id, from_site_id, number);
CREATE INDEX transfer_to_site ON transfer (tenant_id, to_site_id, number);
CREATE INDEX transfer_status ON transfer (tenant_id, status, number);
CREATE INDEX transfer_created ON transfer (tenant_id, created_at, id);
CREATE INDEX transfer_transit_location ON transfer (tenant_id, transit_location_id, from_site_id);
CREATE INDEX transfer_created_by ON transfer (created_by);
CREATE INDEX transfer_sent_by ON transfer (sent_by);

/* In the item's base unit. What is neither received nor written off of a transfer that was sent is on its way. */
CREATE TABLE transfer_line (
  tenant_id             uuid NOT NULL DEFAULT current_tenant(),
  id                    uuid NOT NULL DEFAULT new_id(),
  transfer_id           uuid NOT NULL,
  line_number           integer NOT NULL CONSTRAINT transfer_line_number_positive CHECK (line_number > 0),
  item_id               uuid NOT NULL,
  lot_id                uuid,
  stock_status          text NOT NULL DEFAULT 'AVAILABLE' CONSTRAINT transfer_line_stock_status_known CHECK (stock_status IN ('AVAILABLE', 'HOLD')),
  from_location_id      uuid NOT NULL,
  quantity              numeric(15,4) NOT NULL CONSTRAINT transfer_line_quantity_positive CHECK (quantity > 0),
  received_quantity     numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT transfer_line_received_quantity_not_negative CHECK (received_quantity >= 0),
  written_off_quantity  numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT transfer_line_written_off_quantity_not_negative CHECK (written_off_quantity >= 0),
  CONSTRAINT transfer_line_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT transfer_line_number_key UNIQUE (tenant_id, transfer_id, line_number),
  CONSTRAINT transfer_line_of_transfer_key UNIQUE (tenant_id, transfer_id, id),
  CONSTRAINT transfer_line_transfer_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfer (tenant_id, id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT transfer_line_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT transfer_line_lot_fkey FOREIGN KEY (tenant_id, lot_id, item_id) REFERENCES lot (tenant_id, id, item_id),
  CONSTRAINT transfer_line_from_location_fkey FOREIGN KEY (tenant_id, from_location_id) REFERENCES location (tenant_id, id),
  CONSTRAINT transfer_line_no_more_than_sent CHECK (received_quantity + written_off_quantity <= quantity)
);
CREATE INDEX transfer_line_item ON transfer_line (tenant_id, item_id);
CREATE INDEX transfer_line_lot ON transfer_line (tenant_id, lot_id, item_id);
CREATE INDEX transfer_line_from_location ON transfer_line (tenant_id, from_location_id);

CREATE TABLE transfer_receipt (
  tenant_id    uuid NOT NULL DEFAULT current_tenant(),
  id           uuid NOT NULL DEFAULT new_id(),
  transfer_id  uuid NOT NULL,
  note         text,
  user_id      uuid NOT NULL CONSTRAINT transfer_receipt_user_fkey REFERENCES app_user (id),
  reversed_by  uuid CONSTRAINT transfer_receipt_reversed_by_fkey REFERENCES app_user (id),
  reversed_at  timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT transfer_receipt_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT transfer_receipt_of_transfer_key UNIQUE (tenant_id, transfer_id, id),
  CONSTRAINT transfer_receipt_transfer_fkey FOREIGN KEY (tenant_id, transfer_id) REFERENCES transfer (tenant_id, id),
  CONSTRAINT transfer_receipt_reversed_form CHECK ((reversed_by IS NULL) = (reversed_at IS NULL))
);
CREATE INDEX transfer_receipt_user ON transfer_receipt (user_id);
CREATE INDEX transfer_receipt_reversed_by ON transfer_receipt (reversed_by);

/* One line may be received into several places. */
CREATE TABLE transfer_receipt_line (
  tenant_id         uuid NOT NULL DEFAULT current_tenant(),
  transfer_id       uuid NOT NULL,
  receipt_id        uuid NOT NULL,
  line_number       integer NOT NULL CONSTRAINT transfer_receipt_line_number_positive CHECK (line_number > 0),
  transfer_line_id  uuid NOT NULL,
  stock_status      text NOT NULL CONSTRAINT transfer_receipt_line_stock_status_known CHECK (stock_status IN ('AVAILABLE', 'HOLD')),
  to_location_id    uuid NOT NULL,
  quantity          numeric(15,4) NOT NULL CONSTRAINT transfer_receipt_line_quantity_positive CHECK (quantity > 0),
  CONSTRAINT transfer_receipt_line_pkey PRIMARY KEY (tenant_id, receipt_id, line_number),
  CONSTRAINT transfer_receipt_line_receipt_fkey FOREIGN KEY (tenant_id, transfer_id, receipt_id) REFERENCES transfer_receipt (tenant_id, transfer_id, id),
  CONSTRAINT transfer_receipt_line_line_fkey FOREIGN KEY (tenant_id, transfer_id, transfer_line_id) REFERENCES transfer_line (tenant_id, transfer_id, id),
  CONSTRAINT transfer_receipt_line_to_location_fkey FOREIGN KEY (tenant_id, to_location_id) REFERENCES location (tenant_id, id)
);
CREATE INDEX transfer_receipt_line_receipt ON transfer_receipt_line (tenant_id, transfer_id, receipt_id);
CREATE INDEX transfer_receipt_line_line ON transfer_receipt_line (tenant_id, transfer_id, transfer_line_id);
CREATE INDEX transfer_receipt_line_to_location ON transfer_receipt_line (tenant_id, to_location_id);

/* How much of an item a picking place is to hold: filled up to the maximum once less than the minimum is available. */
CREATE TABLE location_item (
  tenant_id    uuid NOT NULL DEFAULT current_tenant(),
  id           uuid NOT NULL DEFAULT new_id(),
  site_id      uuid NOT NULL,
  location_id  uuid NOT NULL,
  item_id      uuid NOT NULL,
  minimum      numeric(15,4) NOT NULL CONSTRAINT location_item_minimum_positive CHECK (minimum > 0),
  maximum      numeric(15,4) NOT NULL,
  version      integer NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT location_item_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT location_item_item_key UNIQUE (tenant_id, location_id, item_id),
  CONSTRAINT location_item_location_fkey FOREIGN KEY (tenant_id, site_id, location_id) REFERENCES location (tenant_id, site_id, id),
  CONSTRAINT location_item_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT location_item_range CHECK (maximum >= minimum)
);
CREATE INDEX location_item_location ON location_item (tenant_id, site_id, location_id);
CREATE INDEX location_item_item ON location_item (tenant_id, item_id);
CREATE INDEX location_item_created ON location_item (tenant_id, created_at, id);

/* Where what has no place of its own is put, in the order in which one walks. */
CREATE INDEX location_putaway ON location (tenant_id, site_id, pick_sequence, code) WHERE type = 'STORAGE' AND active;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['transfer', 'transfer_line', 'transfer_receipt', 'transfer_receipt_line', 'location_item'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_id = (SELECT current_tenant()))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO {{app_role}}', t);
  END LOOP;
END $$;
GRANT DELETE ON transfer_line, location_item TO {{app_role}};
