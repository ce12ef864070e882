import { type Generated, sql } from "kysely";
import type { InvitedUser, PasswordLink } from "#contract/account.ts";
import type { CreateUser, Role, UpdateUser, User } from "#contract/identity.ts";
import { audit } from "#features/audit/audit.ts";
import { type RecordColumns, toColumns, touched } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import { tellSecurityEvent } from "#platform/database/after-commit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";
import type { Services } from "#platform/services.ts";
import { provideLink } from "./password-links.ts";
import { getUser } from "./user-queries.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    membership: MembershipTable;
    site_access: { user_id: string; site_id: string };
  }
}
interface MembershipTable extends Omit<RecordColumns, "id"> {
  user_id: string;
  name: string;
  role: Role;
  active: Generated<boolean>;
}

/**
 * Makes someone a member of the company, with a name that counts here only, and invites them to choose a password. For a person who
 * is known from another company the answer, and the time it takes, are the same, so that no Admin learns who works where.
 * Throws `409 UNIQUE_CONSTRAINT_VIOLATION` for someone who is a member already.
 */
export async function createUser(services: Services, context: Context, request: CreateUser): Promise<InvitedUser> {
  return await services.database.withTenant(context.tenantId, async (tx) => {
    const created = await tx.first(sql<{ user_id: string }>`
      INSERT INTO membership (user_id, name, role)
      VALUES (ensure_user(${request.email}), ${request.name}, ${request.role})
      ON CONFLICT ON CONSTRAINT membership_pkey DO NOTHING RETURNING user_id`);
    if (!created) throw new ConflictError("UNIQUE_CONSTRAINT_VIOLATION", "A record with this email already exists", { fields: ["email"] });
    await grantSites(tx, created.user_id, request.siteIds);
    const user = await getUser(tx, created.user_id);
    await audit(tx, context, "user.created", user.id, { after: user });
    tellSecurityEvent(tx, context.log, "Someone was made a member", "medium", { added: user.id, role: user.role });
    return { ...user, invitation: await provideLink(tx, services, user.id, "INVITATION") };
  });
}

/**
 * A link by which a member sets their password: an invitation until they have one, then a reset. Throws `404`, and `409
 * INVALID_STATE` for someone who was shut out.
 */
export async function makePasswordLink(services: Services, context: Context, userId: string): Promise<PasswordLink> {
  return await services.database.withTenant(context.tenantId, async (tx) => {
    const { active, invited } = await getUser(tx, userId);
    if (!active) throw new ConflictError("INVALID_STATE", "This person was shut out: let them in again first");
    const link = await provideLink(tx, services, userId, invited ? "INVITATION" : "RESET");
    await audit(tx, context, "user.password-link-made", userId, { after: { purpose: link.purpose, delivery: link.delivery } });
    tellSecurityEvent(tx, context.log, "A link that sets a password was made", "medium", { linkOf: userId, delivery: link.delivery });
    return link;
  });
}

/**
 * Changes a role, or shuts someone out or lets them in again. Either holds from their next request on, and ends their sessions
 * in this company. Throws `409 LAST_ADMIN` when nobody would be left to administer it.
 */
export async function changeUser(
  tx: Tx,
  context: Context,
  userId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateUser, "version">,
): Promise<User> {
  const admins = await lockWithAdmins(tx, userId);
  const before = requireCurrent(await getUser(tx, userId), basis);
  const after = { role: changes.role ?? before.role, active: changes.active ?? before.active };
  const staysAdmin = after.active && after.role === "Admin";
  if (!staysAdmin && admins.every((admin) => admin === userId))
    throw new ConflictError("LAST_ADMIN", "Someone has to stay Admin: make another one first");
  await tx.run(
    db
      .updateTable("membership")
      .set({ ...toColumns(changes), ...touched })
      .where("user_id", "=", userId),
  );
  if (after.role !== before.role || !after.active) await tx.run(db.deleteFrom("session").where("user_id", "=", userId));
  if (!after.active) await tx.run(db.deleteFrom("password_link").where("user_id", "=", userId));
  const changed = await getUser(tx, userId);
  await audit(tx, context, "user.updated", userId, { before, after: changed });
  tellSecurityEvent(tx, context.log, "A user's rights were changed", "medium", { userId, role: changed.role, active: changed.active });
  return changed;
}

/** Replaces the sites that someone may work in; holds from their next request on. */
export async function setSiteAccess(
  tx: Tx,
  context: Context,
  userId: string,
  basis: ChangeBasis,
  siteIds: readonly string[],
): Promise<User> {
  await tx.run(sql`SELECT 1 FROM membership WHERE user_id = ${userId} FOR NO KEY UPDATE`);
  const before = requireCurrent(await getUser(tx, userId), basis);
  await tx.run(db.deleteFrom("site_access").where("user_id", "=", userId));
  await grantSites(tx, userId, siteIds);
  await tx.run(db.updateTable("membership").set(touched).where("user_id", "=", userId));
  const after = await getUser(tx, userId);
  await audit(tx, context, "user.site-access-changed", userId, { before, after });
  tellSecurityEvent(tx, context.log, "A user's sites were changed", "medium", { userId, sites: after.siteIds.length });
  return after;
}

/** The active Admins. All of them are locked, in one order: of two Admins who demote each other, the second one waits and then sees. */
async function lockWithAdmins(tx: Tx, userId: string): Promise<string[]> {
  const rows = await tx.many(sql<{ user_id: string; admin: boolean }>`
    SELECT user_id, role = 'Admin' AND active AS admin FROM membership
    WHERE user_id = ${userId} OR (role = 'Admin' AND active) ORDER BY user_id FOR NO KEY UPDATE`);
  return rows.filter(({ admin }) => admin).map(({ user_id }) => user_id);
}

async function grantSites(tx: Tx, userId: string, siteIds: readonly string[]): Promise<void> {
  const wanted = [...new Set(siteIds)];
  if (wanted.length === 0) return;
  const granted = await tx.run(
    sql`INSERT INTO site_access (user_id, site_id) SELECT ${userId}::uuid, id FROM site WHERE id = ANY(${wanted})`,
  );
  if (granted < wanted.length) throw new ValidationError([{ path: "siteIds", message: "Names a site that does not exist" }]);
}
