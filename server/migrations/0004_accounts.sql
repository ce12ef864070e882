-- People's own accounts: links that set a password, what was guessed at whose door, and jobs for what is done after an answer.

/* A link that sets a member's password, once. The row holds only the SHA-256 of its token, so a stolen backup opens nothing. */
CREATE TABLE password_link (
  tenant_id   uuid NOT NULL DEFAULT current_tenant(),
  id          uuid NOT NULL DEFAULT new_id(),
  user_id     uuid NOT NULL,
  purpose     text NOT NULL CONSTRAINT password_link_purpose_known CHECK (purpose IN ('RESET', 'INVITATION')),
  token_hash  bytea NOT NULL CONSTRAINT password_link_token_hash_key UNIQUE CONSTRAINT password_link_token_hash_length CHECK (length(token_hash) = 32),
  /* Sent by mail at the wish of whoever asked; otherwise handed over by an Admin. */
  mailed      boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL,
  CONSTRAINT password_link_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT password_link_membership_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES membership (tenant_id, user_id)
);
CREATE INDEX password_link_member ON password_link (tenant_id, user_id);
CREATE INDEX password_link_expiry ON password_link (expires_at);

ALTER TABLE password_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON password_link USING (tenant_id = (SELECT current_tenant()));
GRANT SELECT (tenant_id, id, user_id, purpose, mailed, created_at, expires_at), INSERT, DELETE ON password_link TO {{app_role}};

/* argon2id in PHC format, or bcrypt of a user who came from elsewhere. */
ALTER TABLE member_password ADD CONSTRAINT member_password_password_hash_form CHECK (
  password_hash ~ '^\$argon2id\$v=19\$m=\d{1,7},t=\d{1,3},p=\d{1,2}\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$'
  OR password_hash ~ '^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$');
GRANT UPDATE (password_hash, updated_at), DELETE ON member_password TO {{app_role}};

-- Of no tenant, and out of the application's reach but for the functions below.

/* A sign-in that failed, or is under way. `account_hash` is the SHA-256 of the address that was given, whether anyone has it or not. */
CREATE TABLE sign_in_attempt (
  id            uuid CONSTRAINT sign_in_attempt_pkey PRIMARY KEY DEFAULT new_id(),
  account_hash  bytea NOT NULL CONSTRAINT sign_in_attempt_account_hash_length CHECK (length(account_hash) = 32),
  from_known    boolean NOT NULL,
  failed        boolean NOT NULL DEFAULT false,
  attempted_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sign_in_attempt_account ON sign_in_attempt (account_hash, from_known, attempted_at);
CREATE INDEX sign_in_attempt_age ON sign_in_attempt (attempted_at);

/* Where an account was signed in from: the keyed hash of a network address, of the newest ten. */
CREATE TABLE known_source (
  account_hash  bytea NOT NULL CONSTRAINT known_source_account_hash_length CHECK (length(account_hash) = 32),
  source_hash   bytea NOT NULL CONSTRAINT known_source_source_hash_length CHECK (length(source_hash) = 32),
  last_used_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT known_source_pkey PRIMARY KEY (account_hash, source_hash)
);
CREATE INDEX known_source_age ON known_source (last_used_at);

ALTER TABLE sign_in_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE known_source    ENABLE ROW LEVEL SECURITY;

/*
 * A place for one attempt at an account: its id; or the seconds to wait, which double with every failure of the last 24 hours
 * beyond `p_free`; or neither, when all places are taken by attempts that may yet succeed. Failures from where the account was
 * signed in before are counted apart: whoever guesses from elsewhere keeps nobody out. The work is the same for any address.
 */
CREATE FUNCTION begin_sign_in(p_account bytea, p_sources bytea[], p_free integer, p_first interval, p_longest interval)
RETURNS TABLE (attempt uuid, wait_seconds integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_known boolean; v_failures integer; v_under_way integer; v_last timestamptz; v_now timestamptz;
BEGIN
  -- One at a time for an account, so that many at once guess no more than one after the other.
  PERFORM pg_advisory_xact_lock(hashtextextended(encode(p_account, 'hex'), 4));
  v_now := clock_timestamp();
  v_known := EXISTS (SELECT FROM known_source k WHERE k.account_hash = p_account AND k.source_hash = ANY (p_sources));
  -- An attempt whose process died counts as a failure.
  SELECT count(*) FILTER (WHERE a.failed OR a.attempted_at < v_now - interval '1 minute'),
         count(*) FILTER (WHERE NOT a.failed AND a.attempted_at >= v_now - interval '1 minute'),
         max(a.attempted_at) FILTER (WHERE a.failed OR a.attempted_at < v_now - interval '1 minute')
  INTO v_failures, v_under_way, v_last
  FROM sign_in_attempt a
  WHERE a.account_hash = p_account AND a.from_known = v_known AND a.attempted_at > v_now - interval '24 hours';
  IF v_failures >= p_free THEN
    wait_seconds := ceil(extract(epoch FROM v_last + least(p_first * power(2, least(v_failures - p_free, 20)), p_longest) - v_now));
    IF wait_seconds > 0 THEN RETURN NEXT; RETURN; END IF;
    wait_seconds := NULL;
  END IF;
  IF v_under_way < greatest(p_free - v_failures, 1) THEN
    INSERT INTO sign_in_attempt (account_hash, from_known, attempted_at) VALUES (p_account, v_known, v_now) RETURNING id INTO attempt;
  END IF;
  RETURN NEXT;
END $$;

/* It was a wrong guess, as of now. */
CREATE FUNCTION fail_sign_in(p_attempt uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  UPDATE sign_in_attempt SET failed = true, attempted_at = clock_timestamp() WHERE id = p_attempt;
END;

/* It was no wrong guess, and is not counted. With a source: that one signed in, and is known from now on. */
CREATE FUNCTION forgive_sign_in(p_attempt uuid, p_source bytea) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_account bytea;
BEGIN
  DELETE FROM sign_in_attempt WHERE id = p_attempt RETURNING account_hash INTO v_account;
  IF v_account IS NULL OR p_source IS NULL THEN RETURN; END IF;
  INSERT INTO known_source (account_hash, source_hash) VALUES (v_account, p_source)
  ON CONFLICT ON CONSTRAINT known_source_pkey DO UPDATE SET last_used_at = clock_timestamp();
  DELETE FROM known_source k WHERE k.account_hash = v_account AND k.source_hash NOT IN (
    SELECT n.source_hash FROM known_source n WHERE n.account_hash = v_account ORDER BY n.last_used_at DESC LIMIT 10);
END $$;

/* What a link is for, while it holds. Whoever has its token may know. */
CREATE FUNCTION find_password_link(p_token_hash bytea)
RETURNS TABLE (tenant_id uuid, tenant_code text, tenant_name text, user_id uuid, email text, user_name text, purpose text, expires_at timestamptz, salt bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT t.id, t.code, t.name, u.id, u.email, m.name, l.purpose, l.expires_at, u.password_salt
  FROM password_link l
  JOIN membership m ON m.tenant_id = l.tenant_id AND m.user_id = l.user_id AND m.active
  JOIN app_user u ON u.id = l.user_id
  JOIN tenant t ON t.id = l.tenant_id
  WHERE l.token_hash = p_token_hash AND l.expires_at > now();
END;

/* Takes a link of the transaction's tenant, which no other transaction can take then. Answers whose it was; null when it is gone. */
CREATE FUNCTION take_password_link(p_token_hash bytea) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_user uuid;
BEGIN
  DELETE FROM password_link l WHERE l.token_hash = p_token_hash AND l.tenant_id = current_tenant() AND l.expires_at > clock_timestamp()
  RETURNING l.user_id INTO v_user;
  RETURN v_user;
END $$;

/*
 * Whether a hash that was read a while ago still is the password of an active member of the transaction's tenant; both stay as they
 * are until its end. With another hash of the same password, that one is kept from now on.
 */
CREATE FUNCTION confirm_password(p_user uuid, p_hash text, p_rehashed text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM membership m WHERE m.tenant_id = current_tenant() AND m.user_id = p_user AND m.active FOR SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  IF p_rehashed IS NULL THEN
    PERFORM FROM member_password p WHERE p.tenant_id = current_tenant() AND p.user_id = p_user AND p.password_hash = p_hash FOR SHARE;
  ELSE
    UPDATE member_password SET password_hash = p_rehashed, updated_at = now()
    WHERE tenant_id = current_tenant() AND user_id = p_user AND password_hash = p_hash;
  END IF;
  RETURN FOUND;
END $$;

/* Where someone with this address is a member, whether they have a password there or not. */
CREATE FUNCTION find_members(p_email text) RETURNS TABLE (tenant_id uuid, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT m.tenant_id, m.user_id FROM app_user u JOIN membership m ON m.user_id = u.id AND m.active WHERE u.email = p_email ORDER BY m.tenant_id;
END;

-- Jobs. The worker's own tables refuse the application's role: these functions are its only way to them.

/* A job of the transaction's tenant, done after the commit; tried for about a day (2.7 s after the first failure, then e times as long, 6 h at most). */
CREATE FUNCTION add_job(p_task text, p_payload jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_task <> ALL (ARRAY['send-password-link', 'send-password-notice']) THEN
    RAISE EXCEPTION 'There is no task %', p_task USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF current_tenant() IS NULL THEN
    RAISE EXCEPTION 'A job belongs to a tenant' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM graphile_worker.add_job(p_task, (p_payload || jsonb_build_object('tenantId', current_tenant()))::json, max_attempts := 13);
END $$;

/* The same single job for an address that is known and one that is not: what it comes to is found out later. */
CREATE FUNCTION request_password_reset(p_email text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM graphile_worker.add_job('find-password-reset', json_build_object('email', p_email), max_attempts := 13);
END $$;

/* Jobs of the transaction's tenant that were given up. */
CREATE FUNCTION list_failed_jobs() RETURNS TABLE (id bigint, task text, user_id uuid, attempts integer, last_error text, created_at timestamptz, failed_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT j.id, t.identifier, (j.payload ->> 'userId')::uuid, j.attempts::integer, j.last_error, j.created_at, j.updated_at
    FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
    WHERE j.attempts >= j.max_attempts AND j.locked_at IS NULL AND j.payload ->> 'tenantId' = current_tenant()::text
    ORDER BY j.id DESC LIMIT 1000;
END $$;

/* Begins a job of the transaction's tenant anew that was given up. Answers whether there is one. */
CREATE FUNCTION retry_failed_job(p_id bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM list_failed_jobs() f WHERE f.id = p_id) THEN RETURN false; END IF;
  PERFORM graphile_worker.reschedule_jobs(ARRAY[p_id], run_at := now(), attempts := 0);
  RETURN true;
END $$;

/* Of all tenants: jobs that wait for their turn or their next try, and jobs that were given up. */
CREATE FUNCTION count_jobs() RETURNS TABLE (waiting integer, failed integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT (count(*) FILTER (WHERE j.attempts < j.max_attempts))::integer, (count(*) FILTER (WHERE j.attempts >= j.max_attempts))::integer
    FROM graphile_worker.jobs j;
END $$;

/* Housekeeping across tenants: what has run out, and jobs that were given up a month ago. */
CREATE OR REPLACE FUNCTION forget_expired() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM session WHERE expires_at < now();
  DELETE FROM idempotency_key WHERE created_at < now() - interval '24 hours';
  DELETE FROM password_link WHERE expires_at < now();
  DELETE FROM sign_in_attempt WHERE attempted_at < now() - interval '24 hours';
  DELETE FROM known_source WHERE last_used_at < now() - interval '180 days';
  DELETE FROM graphile_worker._private_jobs WHERE attempts >= max_attempts AND locked_at IS NULL AND updated_at < now() - interval '30 days';
END $$;

REVOKE ALL ON FUNCTION begin_sign_in(bytea, bytea[], integer, interval, interval), fail_sign_in(uuid), forgive_sign_in(uuid, bytea),
  find_password_link(bytea), take_password_link(bytea), confirm_password(uuid, text, text), find_members(text),
  add_job(text, jsonb), request_password_reset(text), list_failed_jobs(), retry_failed_job(bigint), count_jobs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION begin_sign_in(bytea, bytea[], integer, interval, interval), fail_sign_in(uuid), forgive_sign_in(uuid, bytea),
  find_password_link(bytea), take_password_link(bytea), confirm_password(uuid, text, text), find_members(text),
  add_job(text, jsonb), request_password_reset(text), list_failed_jobs(), retry_failed_job(bigint), count_jobs() TO {{app_role}};
