-- The ledger: immutable events, and the balances that are their sum.

CREATE TABLE inventory_event (
  tenant_id          uuid NOT NULL DEFAULT current_tenant() CONSTRAINT inventory_event_tenant_fkey REFERENCES tenant (id),
  id                 uuid NOT NULL DEFAULT new_id(),
  /* Given after the rows are locked: for one balance, and for one item's cost, the order of `seq` is the order of effect. */
  seq                bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  type               text NOT NULL CONSTRAINT inventory_event_type_known CHECK (type IN ('RECEIVE', 'MOVE', 'ISSUE', 'PRODUCE', 'RETURN', 'SHIP', 'SCRAP', 'HOLD', 'RELEASE', 'ADJUST', 'COUNT')),
  item_id            uuid NOT NULL,
  lot_id             uuid,
  quantity           numeric(15,4) NOT NULL CONSTRAINT inventory_event_quantity_positive CHECK (quantity > 0),
  entered_quantity   numeric(15,4) NOT NULL CONSTRAINT inventory_event_entered_quantity_positive CHECK (entered_quantity > 0),
  entered_uom        text NOT NULL,
  from_location_id   uuid,
  from_status        text CONSTRAINT inventory_event_from_status_known CHECK (from_status IN ('AVAILABLE', 'HOLD')),
  to_location_id     uuid,
  to_status          text CONSTRAINT inventory_event_to_status_known CHECK (to_status IN ('AVAILABLE', 'HOLD')),
  unit_cost          numeric(15,4) CONSTRAINT inventory_event_unit_cost_not_negative CHECK (unit_cost >= 0),
  reason_code        text,
  note               text,
  reverses_event_id  uuid,
  source_type        text,
  source_id          uuid,
  user_id            uuid NOT NULL CONSTRAINT inventory_event_user_fkey REFERENCES app_user (id),
  request_id         text,
  ip_address         text,
  occurred_at        timestamptz NOT NULL,
  recorded_at        timestamptz NOT NULL,
  CONSTRAINT inventory_event_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT inventory_event_seq_key UNIQUE (tenant_id, seq),
  CONSTRAINT inventory_event_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT inventory_event_lot_fkey FOREIGN KEY (tenant_id, lot_id, item_id) REFERENCES lot (tenant_id, id, item_id),
  CONSTRAINT inventory_event_from_location_fkey FOREIGN KEY (tenant_id, from_location_id) REFERENCES location (tenant_id, id),
  CONSTRAINT inventory_event_to_location_fkey FOREIGN KEY (tenant_id, to_location_id) REFERENCES location (tenant_id, id),
  CONSTRAINT inventory_event_reverses_fkey FOREIGN KEY (tenant_id, reverses_event_id) REFERENCES inventory_event (tenant_id, id),
  CONSTRAINT inventory_event_goes_somewhere CHECK (from_location_id IS NOT NULL OR to_location_id IS NOT NULL),
  CONSTRAINT inventory_event_from_complete CHECK ((from_location_id IS NULL) = (from_status IS NULL)),
  CONSTRAINT inventory_event_to_complete CHECK ((to_location_id IS NULL) = (to_status IS NULL)),
  /* Each type goes where its name says; its reversal the opposite way. */
  CONSTRAINT inventory_event_type_form CHECK (CASE
    WHEN type IN ('RECEIVE', 'PRODUCE', 'RETURN') THEN (from_location_id IS NULL) = (reverses_event_id IS NULL) AND (to_location_id IS NULL) <> (from_location_id IS NULL)
    WHEN type IN ('SHIP', 'SCRAP', 'ISSUE') THEN (to_location_id IS NULL) = (reverses_event_id IS NULL) AND (to_location_id IS NULL) <> (from_location_id IS NULL)
    WHEN type = 'MOVE' THEN from_location_id <> to_location_id AND from_status = to_status AND from_location_id IS NOT NULL AND to_location_id IS NOT NULL
    WHEN type IN ('HOLD', 'RELEASE') THEN from_location_id IS NOT NULL AND from_location_id IS NOT DISTINCT FROM to_location_id AND from_status <> to_status
      AND (from_status = 'AVAILABLE') = ((type = 'HOLD') = (reverses_event_id IS NULL))
    ELSE (from_location_id IS NULL) <> (to_location_id IS NULL) END),
  /* What only changes its place has no cost; what comes in or goes out has one. */
  CONSTRAINT inventory_event_unit_cost_form CHECK ((unit_cost IS NULL) = (from_location_id IS NOT NULL AND to_location_id IS NOT NULL)),
  CONSTRAINT inventory_event_changes_something CHECK (from_location_id IS DISTINCT FROM to_location_id OR from_status IS DISTINCT FROM to_status)
);
CREATE UNIQUE INDEX inventory_event_reversed_once ON inventory_event (tenant_id, reverses_event_id) WHERE reverses_event_id IS NOT NULL;
CREATE INDEX inventory_event_item ON inventory_event (tenant_id, item_id, seq);
CREATE INDEX inventory_event_lot ON inventory_event (tenant_id, lot_id, item_id, seq) WHERE lot_id IS NOT NULL;
CREATE INDEX inventory_event_from_location ON inventory_event (tenant_id, from_location_id, seq) WHERE from_location_id IS NOT NULL;
CREATE INDEX inventory_event_to_location ON inventory_event (tenant_id, to_location_id, seq) WHERE to_location_id IS NOT NULL;
CREATE INDEX inventory_event_type ON inventory_event (tenant_id, type, seq);
CREATE INDEX inventory_event_recorded ON inventory_event (tenant_id, recorded_at, seq);
CREATE INDEX inventory_event_user ON inventory_event (user_id, tenant_id, seq);
CREATE INDEX inventory_event_source ON inventory_event (tenant_id, source_type, source_id) WHERE source_type IS NOT NULL;

CREATE TABLE inventory_balance (
  tenant_id    uuid NOT NULL DEFAULT current_tenant() CONSTRAINT inventory_balance_tenant_fkey REFERENCES tenant (id),
  item_id      uuid NOT NULL,
  location_id  uuid NOT NULL,
  lot_id       uuid,
  /* A key part must not be null: "no lot" has a value of its own here. */
  lot_key      uuid NOT NULL GENERATED ALWAYS AS (coalesce(lot_id, '00000000-0000-0000-0000-000000000000')) STORED,
  status       text NOT NULL CONSTRAINT inventory_balance_status_known CHECK (status IN ('AVAILABLE', 'HOLD')),
  on_hand      numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT inventory_balance_on_hand_not_negative CHECK (on_hand >= 0),
  allocated    numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT inventory_balance_allocated_not_negative CHECK (allocated >= 0),
  /* The instant of its last event. */
  moved_at     timestamptz NOT NULL DEFAULT '-infinity',
  CONSTRAINT inventory_balance_pkey PRIMARY KEY (tenant_id, item_id, location_id, lot_key, status),
  CONSTRAINT inventory_balance_allocated_on_hand CHECK (allocated <= on_hand),
  CONSTRAINT inventory_balance_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id),
  CONSTRAINT inventory_balance_location_fkey FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id),
  CONSTRAINT inventory_balance_lot_fkey FOREIGN KEY (tenant_id, lot_id, item_id) REFERENCES lot (tenant_id, id, item_id)
) WITH (fillfactor = 70);
CREATE INDEX inventory_balance_location ON inventory_balance (tenant_id, location_id, item_id);
CREATE INDEX inventory_balance_lot ON inventory_balance (tenant_id, lot_id, item_id) WHERE lot_id IS NOT NULL;

/* On hand over all places and states, and the moving average cost; one row an item, the lock that puts its receipts and issues in order. */
CREATE TABLE item_valuation (
  tenant_id     uuid NOT NULL DEFAULT current_tenant() CONSTRAINT item_valuation_tenant_fkey REFERENCES tenant (id),
  item_id       uuid NOT NULL,
  on_hand       numeric(19,4) NOT NULL DEFAULT 0 CONSTRAINT item_valuation_on_hand_not_negative CHECK (on_hand >= 0),
  average_cost  numeric(15,4) NOT NULL DEFAULT 0 CONSTRAINT item_valuation_average_cost_not_negative CHECK (average_cost >= 0),
  CONSTRAINT item_valuation_pkey PRIMARY KEY (tenant_id, item_id),
  CONSTRAINT item_valuation_item_fkey FOREIGN KEY (tenant_id, item_id) REFERENCES item (tenant_id, id)
) WITH (fillfactor = 70);

/* A promise of stock to a document. A balance's `allocated` is the sum of its rows here. */
CREATE TABLE inventory_allocation (
  tenant_id      uuid NOT NULL DEFAULT current_tenant(),
  id             uuid NOT NULL DEFAULT new_id(),
  item_id        uuid NOT NULL,
  location_id    uuid NOT NULL,
  lot_id         uuid,
  lot_key        uuid NOT NULL GENERATED ALWAYS AS (coalesce(lot_id, '00000000-0000-0000-0000-000000000000')) STORED,
  status         text NOT NULL DEFAULT 'AVAILABLE',
  quantity       numeric(15,4) NOT NULL CONSTRAINT inventory_allocation_quantity_positive CHECK (quantity > 0),
  document_type  text NOT NULL,
  document_id    uuid NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT inventory_allocation_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT inventory_allocation_balance_fkey FOREIGN KEY (tenant_id, item_id, location_id, lot_key, status)
    REFERENCES inventory_balance (tenant_id, item_id, location_id, lot_key, status)
);
CREATE INDEX inventory_allocation_balance ON inventory_allocation (tenant_id, item_id, location_id, lot_key, status);
CREATE INDEX inventory_allocation_document ON inventory_allocation (tenant_id, document_type, document_id);

/* What was on hand when a day (UTC) closed; a row only for a balance that moved that day. `asOf` starts from the last one. */
CREATE TABLE inventory_day_close (
  tenant_id    uuid NOT NULL,
  item_id      uuid NOT NULL,
  location_id  uuid NOT NULL,
  lot_key      uuid NOT NULL,
  status       text NOT NULL,
  day          date NOT NULL,
  on_hand      numeric(15,4) NOT NULL CONSTRAINT inventory_day_close_on_hand_not_negative CHECK (on_hand >= 0),
  CONSTRAINT inventory_day_close_pkey PRIMARY KEY (tenant_id, item_id, location_id, lot_key, status, day),
  CONSTRAINT inventory_day_close_balance_fkey FOREIGN KEY (tenant_id, item_id, location_id, lot_key, status)
    REFERENCES inventory_balance (tenant_id, item_id, location_id, lot_key, status)
);

/* Up to which day a tenant's days are closed. */
CREATE TABLE inventory_closed_through (
  tenant_id  uuid CONSTRAINT inventory_closed_through_pkey PRIMARY KEY CONSTRAINT inventory_closed_through_tenant_fkey REFERENCES tenant (id),
  day        date NOT NULL
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['inventory_event', 'inventory_balance', 'item_valuation', 'inventory_allocation', 'inventory_day_close', 'inventory_closed_through'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY own_tenant ON %I USING (tenant_id = (SELECT current_tenant()))', t);
  END LOOP;
END $$;

-- Events are immutable: the application may add and read them, never change or delete them.
GRANT SELECT, INSERT ON inventory_event TO {{app_role}};
GRANT SELECT, INSERT, UPDATE ON inventory_balance, item_valuation TO {{app_role}};
GRANT SELECT, INSERT, UPDATE, DELETE ON inventory_allocation TO {{app_role}};
GRANT SELECT ON inventory_day_close, inventory_closed_through TO {{app_role}};

/* Not even the owner changes history by mistake. */
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% rows are never changed or deleted: reverse the event instead', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER inventory_event_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_event_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

/* A serial number is on hand at most once in the tenant. The lock on its row makes two transactions see each other's balances.
   Planned once, perhaps while the tables are empty: never by reading all of them. */
CREATE FUNCTION check_serial_once() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  IF (SELECT tracking FROM item WHERE tenant_id = NEW.tenant_id AND id = NEW.item_id) <> 'SERIAL' THEN RETURN NULL; END IF;
  PERFORM FROM lot WHERE tenant_id = NEW.tenant_id AND id = NEW.lot_id FOR NO KEY UPDATE;
  IF (SELECT sum(on_hand) FROM inventory_balance WHERE tenant_id = NEW.tenant_id AND lot_id = NEW.lot_id) > 1 THEN
    RAISE EXCEPTION 'serial number % is on hand already', NEW.lot_id USING ERRCODE = 'check_violation', CONSTRAINT = 'inventory_balance_serial_once', TABLE = 'inventory_balance';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER inventory_balance_serial_once AFTER INSERT OR UPDATE OF on_hand ON inventory_balance
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.lot_id IS NOT NULL AND NEW.on_hand > 0) EXECUTE FUNCTION check_serial_once();

/* Moving average cost, one step: state = {on hand, average}. `p_quantity` is signed; a null cost takes the average.
   Receipts weigh in; issues leave the average; a reversal takes out the value that the original put in; at zero the average stays.
   A null `p_reversal` is no event: it sets the state to go on from. */
CREATE FUNCTION item_valuation_step(state numeric[], p_quantity numeric, p_unit_cost numeric, p_reversal boolean) RETURNS numeric[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN p_reversal IS NULL THEN ARRAY[p_quantity, p_unit_cost]
    WHEN p_quantity IS NULL OR p_quantity = 0 THEN state
    WHEN state[1] + p_quantity <= 0 THEN ARRAY[state[1] + p_quantity, state[2]]
    WHEN p_unit_cost IS NULL OR (p_quantity < 0 AND NOT p_reversal) THEN ARRAY[state[1] + p_quantity, state[2]]
    ELSE ARRAY[state[1] + p_quantity,
               greatest(0, round((state[1] * state[2] + p_quantity * p_unit_cost) / (state[1] + p_quantity), 4))]
  END;

/* Over events in order, beginning with nothing. */
CREATE AGGREGATE item_valuation_run(numeric, numeric, boolean) (SFUNC = item_valuation_step, STYPE = numeric[], INITCOND = '{0,0}', PARALLEL = SAFE);

-- Closing days, so that `asOf` need not read history from its beginning.

/* Which transaction was the newest when a day was seen to be over. Once all older ones have ended, no event of that day can still appear:
   an event's instant is taken while its transaction holds locks, so the transaction has its number by then. */
CREATE TABLE inventory_close_mark (
  day  date CONSTRAINT inventory_close_mark_pkey PRIMARY KEY,
  xid  xid8 NOT NULL
);

/* Closes the days (UTC) that have ended, for every tenant: what each balance that moved on one of them came to. A day is marked by the first
   call after its end and closed by the first later one that finds every transaction of then ended; nobody waits. Closed days stay as they are. */
CREATE FUNCTION close_ledger_days(p_through date) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_through date;
  v_closed integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('close_ledger_days', 0));
  INSERT INTO inventory_close_mark (day, xid) VALUES ((clock_timestamp() AT TIME ZONE 'UTC')::date - 1, pg_current_xact_id()) ON CONFLICT DO NOTHING;
  SELECT max(day) INTO v_through FROM inventory_close_mark WHERE xid < pg_snapshot_xmin(pg_current_snapshot());
  IF v_through IS NULL THEN RETURN 0; END IF;
  v_through := least(v_through, p_through);
  WITH open AS (
    SELECT t.id AS tenant_id, coalesce(((c.day + 1)::timestamp AT TIME ZONE 'UTC'), '-infinity') AS since
    FROM tenant t LEFT JOIN inventory_closed_through c ON c.tenant_id = t.id
    WHERE c.day IS NULL OR c.day < v_through
  ),
  change AS (
    SELECT e.tenant_id, e.item_id, p.location_id, coalesce(e.lot_id, '00000000-0000-0000-0000-000000000000') AS lot_key, p.status,
           (e.recorded_at AT TIME ZONE 'UTC')::date AS day, sum(p.sign * e.quantity) AS delta
    FROM open o
    JOIN inventory_event e ON e.tenant_id = o.tenant_id AND e.recorded_at >= o.since AND e.recorded_at < ((v_through + 1)::timestamp AT TIME ZONE 'UTC')
    CROSS JOIN LATERAL (VALUES (e.from_location_id, e.from_status, -1), (e.to_location_id, e.to_status, 1)) p (location_id, status, sign)
    WHERE p.location_id IS NOT NULL
    GROUP BY e.tenant_id, e.item_id, p.location_id, coalesce(e.lot_id, '00000000-0000-0000-0000-000000000000'), p.status, (e.recorded_at AT TIME ZONE 'UTC')::date
  )
  INSERT INTO inventory_day_close (tenant_id, item_id, location_id, lot_key, status, day, on_hand)
  SELECT c.tenant_id, c.item_id, c.location_id, c.lot_key, c.status, c.day,
         coalesce(before.on_hand, 0) + sum(c.delta) OVER (PARTITION BY c.tenant_id, c.item_id, c.location_id, c.lot_key, c.status ORDER BY c.day)
  FROM change c
  LEFT JOIN LATERAL (
    SELECT d.on_hand FROM inventory_day_close d
    WHERE d.tenant_id = c.tenant_id AND d.item_id = c.item_id AND d.location_id = c.location_id AND d.lot_key = c.lot_key AND d.status = c.status
    ORDER BY d.day DESC LIMIT 1
  ) before ON true;
  GET DIAGNOSTICS v_closed = ROW_COUNT;
  INSERT INTO inventory_closed_through (tenant_id, day) SELECT id, v_through FROM tenant
  ON CONFLICT (tenant_id) DO UPDATE SET day = greatest(inventory_closed_through.day, excluded.day);
  RETURN v_closed;
END $$;

/* What is posted looks here: a marked day is over, even for a clock that was set back. */
GRANT SELECT ON inventory_close_mark TO {{app_role}};
REVOKE ALL ON FUNCTION close_ledger_days(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION close_ledger_days(date) TO {{app_role}};
