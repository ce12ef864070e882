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
