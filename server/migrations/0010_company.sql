-- What a company decides for itself, and what it is told.

/* Its own row only, by the policy; its code stays what people sign in with. */
GRANT UPDATE (name, currency, time_zone, settings, version, updated_at) ON tenant TO {{app_role}};
