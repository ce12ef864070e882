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
