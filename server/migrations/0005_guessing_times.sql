/*
 * The most rounds of bcrypt that any one person's hashes take, of all companies; 0 when nobody has one. A guess at anyone's password is
 * to take as long as one at theirs.
 */
CREATE FUNCTION bcrypt_rounds_max() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT coalesce(max(person.rounds), 0)::integer FROM (
    SELECT sum(1 << substr(p.password_hash, 5, 2)::integer) AS rounds
    FROM member_password p WHERE p.password_hash LIKE '$2%' GROUP BY p.user_id) AS person;
END;
CREATE INDEX member_password_bcrypt ON member_password (user_id, password_hash) WHERE password_hash LIKE '$2%';

REVOKE ALL ON FUNCTION bcrypt_rounds_max() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bcrypt_rounds_max() TO {{app_role}};
