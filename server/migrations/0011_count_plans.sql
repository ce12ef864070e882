-- Counts that plan themselves: of the items whose class is due, by the clock.

/* Nobody made what the clock planned; it says for which day instead. */
ALTER TABLE cycle_count
  ALTER COLUMN created_by DROP NOT NULL,
  ADD COLUMN planned_on date,
  ADD CONSTRAINT cycle_count_planned_form CHECK ((created_by IS NULL) = (planned_on IS NOT NULL));
/* One a site and day, however often the clock asks and whatever became of it. */
CREATE UNIQUE INDEX cycle_count_planned_key ON cycle_count (tenant_id, site_id, planned_on) WHERE planned_on IS NOT NULL;

/* Items by class, and when each was counted last. */
CREATE INDEX item_abc_class ON item (tenant_id, abc_class, sku) WHERE abc_class IS NOT NULL;
CREATE INDEX cycle_count_line_counted ON cycle_count_line (tenant_id, item_id, counted_at DESC) INCLUDE (cycle_count_id) WHERE status = 'APPROVED';

/* The same as before, with one task more. */
CREATE OR REPLACE FUNCTION add_job_for_each_tenant(p_task text, p_at timestamptz, p_hour integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_added integer;
BEGIN
  IF p_task <> ALL (ARRAY['compute-abc-classes', 'plan-counts', 'find-alerts', 'send-alert-digests']) THEN
    RAISE EXCEPTION 'There is no task % for every company', p_task USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM graphile_worker.add_job(p_task, json_build_object('tenantId', t.id), job_key := p_task || ' of ' || t.id, max_attempts := 5)
  FROM tenant t WHERE p_hour IS NULL OR extract(hour FROM p_at AT TIME ZONE t.time_zone) = p_hour ORDER BY t.id;
  GET DIAGNOSTICS v_added = ROW_COUNT;
  RETURN v_added;
END $$;
