-- Tenants, people, sessions, and what every command leaves behind (audit, idempotency).
-- The application's role ({{app_role}}) owns nothing: what it may do is granted line by line.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

GRANT USAGE ON SCHEMA public TO {{app_role}};

/* The tenant of the running transaction. After a transaction the setting reads '', hence NULLIF. */
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  RETURN NULLIF(current_setting('app.tenant_id', true), '')::uuid;

/* UUID version 7 (RFC 9562): ordered by time, so that new rows land at the end of an index. */
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
  RETURN encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid()) PLACING
        substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
      52, 1), 53, 1), 'hex')::uuid;

CREATE TABLE tenant (
  id          uuid PRIMARY KEY DEFAULT new_id(),
  code        text NOT NULL CONSTRAINT tenant_code_key UNIQUE CONSTRAINT tenant_code_form CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name        text NOT NULL CONSTRAINT tenant_name_length CHECK (length(name) BETWEEN 1 AND 200),
  currency    text NOT NULL DEFAULT 'EUR' CONSTRAINT tenant_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
  time_zone   text NOT NULL DEFAULT 'UTC',
  settings    jsonb NOT NULL DEFAULT '{}',
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);

/* An address, in however many companies. It is stored normalised: text comparison stays index-able under row-level security. */
CREATE TABLE app_user (
  id             uuid PRIMARY KEY DEFAULT new_id(),
  email          text NOT NULL CONSTRAINT app_user_email_key UNIQUE CONSTRAINT app_user_email_length CHECK (length(email) BETWEEN 3 AND 254),
  /* Of all their passwords, made before the first: two companies that take someone on at once must come to one salt. 122 random bits. */
  password_salt  bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);

/* A person in a company, by the name that this company gave: what they are called elsewhere is not its business. */
CREATE TABLE membership (
  tenant_id   uuid NOT NULL DEFAULT current_tenant() CONSTRAINT membership_tenant_fkey REFERENCES tenant (id),
  user_id     uuid NOT NULL CONSTRAINT membership_user_fkey REFERENCES app_user (id),
  name        text NOT NULL CONSTRAINT membership_name_length CHECK (length(name) BETWEEN 1 AND 200),
  role        text NOT NULL CONSTRAINT membership_role_known CHECK (role IN ('Admin', 'Supervisor', 'Operator', 'Viewer')),
  active      boolean NOT NULL DEFAULT true,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT membership_pkey PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX membership_user ON membership (user_id);

/* A company's password opens that company only: whoever chose one elsewhere for the same address gets no further with it. */
CREATE TABLE member_password (
  tenant_id      uuid NOT NULL DEFAULT current_tenant(),
  user_id        uuid NOT NULL,
  password_hash  text NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT member_password_pkey PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT member_password_membership_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES membership (tenant_id, user_id)
);

CREATE TABLE site (
  tenant_id   uuid NOT NULL DEFAULT current_tenant() CONSTRAINT site_tenant_fkey REFERENCES tenant (id),
  id          uuid NOT NULL DEFAULT new_id(),
  code        text NOT NULL CONSTRAINT site_code_length CHECK (length(code) BETWEEN 1 AND 64),
  name        text NOT NULL CONSTRAINT site_name_length CHECK (length(name) BETWEEN 1 AND 200),
  address     text,
  time_zone   text NOT NULL DEFAULT 'UTC',
  active      boolean NOT NULL DEFAULT true,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT site_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT site_code_key UNIQUE (tenant_id, code)
);

CREATE TABLE site_access (
  tenant_id  uuid NOT NULL DEFAULT current_tenant(),
  user_id    uuid NOT NULL,
  site_id    uuid NOT NULL,
  CONSTRAINT site_access_pkey PRIMARY KEY (tenant_id, user_id, site_id),
  CONSTRAINT site_access_membership_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES membership (tenant_id, user_id),
  CONSTRAINT site_access_site_fkey FOREIGN KEY (tenant_id, site_id) REFERENCES site (tenant_id, id)
);
CREATE INDEX site_access_site ON site_access (tenant_id, site_id);

/* The cookie carries the token; the row only its SHA-256, so a stolen backup signs nobody in. */
CREATE TABLE session (
  tenant_id     uuid NOT NULL DEFAULT current_tenant(),
  id            uuid NOT NULL DEFAULT new_id(),
  user_id       uuid NOT NULL,
  token_hash    bytea NOT NULL CONSTRAINT session_token_hash_key UNIQUE CONSTRAINT session_token_hash_length CHECK (length(token_hash) = 32),
  ip_address    text,
  user_agent    text,
  mfa_done      boolean NOT NULL DEFAULT false,
  created_at    timestamptz NOT NULL DEFAULT now(),
  last_seen_at  timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL,
  CONSTRAINT session_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT session_membership_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES membership (tenant_id, user_id)
);
CREATE INDEX session_member ON session (tenant_id, user_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE audit_event (
  tenant_id    uuid NOT NULL DEFAULT current_tenant() CONSTRAINT audit_event_tenant_fkey REFERENCES tenant (id),
  id           uuid NOT NULL DEFAULT new_id(),
  user_id      uuid CONSTRAINT audit_event_user_fkey REFERENCES app_user (id),
  action       text NOT NULL,
  entity_type  text NOT NULL,
  entity_id    text NOT NULL,
  before       jsonb,
  after        jsonb,
  request_id   text,
  ip_address   text,
  recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_event_pkey PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_event_entity ON audit_event (tenant_id, entity_type, entity_id, id);
CREATE INDEX audit_event_user ON audit_event (user_id);

/* A claim and its effect share one transaction: what a crash rolls back, it rolls back whole. */
CREATE TABLE idempotency_key (
  tenant_id        uuid NOT NULL DEFAULT current_tenant() CONSTRAINT idempotency_key_tenant_fkey REFERENCES tenant (id),
  user_id          uuid NOT NULL CONSTRAINT idempotency_key_user_fkey REFERENCES app_user (id),
  key              text NOT NULL CONSTRAINT idempotency_key_length CHECK (length(key) BETWEEN 1 AND 255),
  request_hash     bytea NOT NULL,
  response_status  integer,
  response_body    text,
  created_at       timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_key_pkey PRIMARY KEY (tenant_id, user_id, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
CREATE INDEX idempotency_key_user ON idempotency_key (user_id);

ALTER TABLE tenant          ENABLE ROW LEVEL SECURITY;
ALTER TABLE app_user        ENABLE ROW LEVEL SECURITY;
ALTER TABLE membership      ENABLE ROW LEVEL SECURITY;
ALTER TABLE member_password ENABLE ROW LEVEL SECURITY;
ALTER TABLE site            ENABLE ROW LEVEL SECURITY;
ALTER TABLE site_access     ENABLE ROW LEVEL SECURITY;
ALTER TABLE session         ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_event     ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON tenant          USING (id = (SELECT current_tenant()));
CREATE POLICY own_tenant ON membership      USING (tenant_id = (SELECT current_tenant()));
CREATE POLICY own_tenant ON member_password USING (tenant_id = (SELECT current_tenant()));
CREATE POLICY own_tenant ON site            USING (tenant_id = (SELECT current_tenant()));
CREATE POLICY own_tenant ON site_access     USING (tenant_id = (SELECT current_tenant()));
CREATE POLICY own_tenant ON session         USING (tenant_id = (SELECT current_tenant()));
CREATE POLICY own_tenant ON audit_event     USING (tenant_id = (SELECT current_tenant()));
CREATE POLICY own_tenant ON idempotency_key USING (tenant_id = (SELECT current_tenant()));
CREATE POLICY colleagues ON app_user        USING (EXISTS (SELECT FROM membership m WHERE m.tenant_id = (SELECT current_tenant()) AND m.user_id = app_user.id));

GRANT SELECT ON tenant TO {{app_role}};
GRANT SELECT (id, email, created_at, updated_at) ON app_user TO {{app_role}};
GRANT SELECT, INSERT, UPDATE ON membership TO {{app_role}};
GRANT SELECT (tenant_id, user_id, created_at, updated_at), INSERT ON member_password TO {{app_role}};
GRANT SELECT, INSERT, UPDATE ON site TO {{app_role}};
GRANT SELECT, INSERT, DELETE ON site_access TO {{app_role}};
GRANT SELECT, INSERT, UPDATE, DELETE ON session TO {{app_role}};
GRANT SELECT, INSERT ON audit_event TO {{app_role}};
GRANT SELECT, INSERT, UPDATE ON idempotency_key TO {{app_role}};

-- What is needed before a tenant is known, or across tenants: a short list, each with a fixed search_path.

/* The one live session of a token, with the person's rights as they are now. Expiry goes by this clock. */
CREATE FUNCTION find_session(p_token_hash bytea, p_idle interval)
RETURNS TABLE (session_id uuid, tenant_id uuid, tenant_code text, tenant_name text, currency text, time_zone text,
               user_id uuid, email text, user_name text, role text, site_ids uuid[], last_seen_at timestamptz, expires_at timestamptz, stale boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT s.id, s.tenant_id, t.code, t.name, t.currency, t.time_zone, u.id, u.email, m.name, m.role,
         ARRAY(SELECT a.site_id FROM site_access a WHERE a.tenant_id = s.tenant_id AND a.user_id = s.user_id),
         s.last_seen_at, s.expires_at, s.last_seen_at < now() - interval '1 minute'
  FROM session s
  JOIN membership m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id AND m.active
  JOIN app_user u ON u.id = s.user_id
  JOIN tenant t ON t.id = s.tenant_id
  WHERE s.token_hash = p_token_hash AND s.expires_at > now() AND s.last_seen_at > now() - p_idle;
END;

/* Ends the session of a token, also one that has run out. */
CREATE FUNCTION end_session(p_token_hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  DELETE FROM session WHERE token_hash = p_token_hash;
END;

/* Who may sign in with this address, and where: one row a company, each with its own password. */
CREATE FUNCTION find_sign_in(p_email text)
RETURNS TABLE (user_id uuid, password_hash text, tenant_id uuid, tenant_code text, tenant_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT u.id, p.password_hash, t.id, t.code, t.name
  FROM app_user u
  JOIN membership m ON m.user_id = u.id AND m.active
  JOIN member_password p ON p.tenant_id = m.tenant_id AND p.user_id = m.user_id
  JOIN tenant t ON t.id = m.tenant_id
  WHERE u.email = p_email
  ORDER BY t.code;
END;

/* The person with this address, made when unknown. */
CREATE FUNCTION ensure_user(p_email text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_id uuid;
BEGIN
  INSERT INTO app_user (email) VALUES (p_email)
  ON CONFLICT ON CONSTRAINT app_user_email_key DO NOTHING RETURNING id INTO v_id;
  IF v_id IS NULL THEN SELECT id INTO v_id FROM app_user WHERE email = p_email; END IF;
  RETURN v_id;
END $$;

/* What the passwords of this address are hashed with, in every company, also one that shut them out. The address is made when unknown. */
CREATE FUNCTION salt_of(p_email text) RETURNS bytea
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM ensure_user(p_email);
  RETURN (SELECT password_salt FROM app_user WHERE email = p_email);
END $$;

/* Text search under row-level security could use no index; these filter on the tenant of the transaction themselves. */
CREATE FUNCTION search_users(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT u.id FROM membership m JOIN app_user u ON u.id = m.user_id
  WHERE m.tenant_id = current_tenant() AND (u.email LIKE lower(p_pattern) OR lower(m.name) LIKE lower(p_pattern));
END;

CREATE FUNCTION search_sites(p_pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT id FROM site WHERE tenant_id = current_tenant() AND (code LIKE upper(p_pattern) OR lower(name) LIKE lower(p_pattern));
END;

/* Housekeeping across tenants: ended sessions and idempotency keys past their 24 hours. */
CREATE FUNCTION forget_expired() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  DELETE FROM session WHERE expires_at < now();
  DELETE FROM idempotency_key WHERE created_at < now() - interval '24 hours';
END;

REVOKE ALL ON FUNCTION find_session(bytea, interval), end_session(bytea), find_sign_in(text), ensure_user(text), salt_of(text), search_users(text), search_sites(text), forget_expired() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_session(bytea, interval), end_session(bytea), find_sign_in(text), ensure_user(text), salt_of(text), search_users(text), search_sites(text), forget_expired() TO {{app_role}};
