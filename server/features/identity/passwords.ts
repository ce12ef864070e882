import type { ChangePassword, SetPassword } from "#contract/account.ts";
import { sql } from "kysely";
import { audit } from "#features/audit/audit.ts";
import { tellSecurityEvent } from "#platform/database/after-commit.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AuthenticationError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { hashPassword, verifyPassword } from "#platform/passwords.ts";
import type { Services } from "#platform/services.ts";
import { findLink, type FoundLink, takeLink } from "./password-links.ts";
import { requireGoodPassword } from "./password-rules.ts";
import { findMemberships, findSalt } from "./memberships.ts";
import { type Origin, startSession } from "./start-session.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    member_password: { user_id: string; password_hash: string };
  }
}

/**
 * Sets the password of the company that the session is in. Ends every session of the member and begins a new one: whoever asked
 * goes on with a new cookie, which is answered. Throws `400` for a wrong current password, counted like a wrong guess at a sign-in,
 * and for every fault of the new one.
 */
export async function changePassword(services: Services, context: Context, request: ChangePassword, origin: Origin): Promise<string> {
  const { email, tenantId, userId } = context;
  const [membership] = (await findMemberships(services, email)).filter(({ tenant_id }) => tenant_id === tenantId);
  if (!membership) throw new AuthenticationError();
  const wrong = [{ path: "currentPassword", message: "Is not your current password" }];
  await services.signInGuard
    .attempt(email, context.ipAddress, async () => {
      const [right] = await verifyPassword(request.currentPassword, [membership.password_hash]);
      if (!right) throw new AuthenticationError("Is not the current password", "INVALID_CREDENTIALS");
      return { signedIn: false };
    })
    .catch((error: unknown) => {
      if (!(error instanceof AuthenticationError)) throw error;
      services.log.logSecurityEvent("A password change failed: the current one was wrong", "medium", { userId, tenantId });
      throw new ValidationError(wrong);
    });
  await requireGoodPassword(request.newPassword, { email, name: context.userName, tenantName: context.tenantName }, "newPassword");
  if (request.newPassword.normalize("NFC") === request.currentPassword.normalize("NFC"))
    throw new ValidationError([{ path: "newPassword", message: "Must differ from the current password" }]);
  const passwordHash = await hashPassword(request.newPassword, await findSalt(services, email));
  return await services.database.withTenant(tenantId, async (tx) => {
    const [still] = await tx.sql<{ right: boolean }>('SELECT confirm_password($1, $2, NULL) AS "right"', [
      userId,
      membership.password_hash,
    ]);
    if (!still?.right) throw new ValidationError(wrong);
    await storePassword(tx, services, userId, passwordHash);
    await audit(tx, context, "user.password-changed", userId, {});
    tellSecurityEvent(tx, services.log, "A password was changed", "medium", { userId, tenantId });
    return await startSession(tx, services, userId, origin);
  });
}

/**
 * Sets a member's password by a link, which is used up by it; every session of the member in that company ends. Does not sign in.
 * Throws `401 LINK_INVALID`, and `400` with every fault of the password, which leaves the link good.
 */
export async function setPasswordByLink(
  services: Services,
  request: SetPassword,
  from: { id: string; ipAddress: string },
): Promise<FoundLink> {
  const link = await findLink(services, request.token);
  const { tenant_id: tenantId, user_id: userId, purpose } = link;
  await requireGoodPassword(request.password, { email: link.email, name: link.user_name, tenantName: link.tenant_name }, "password");
  // Before the transaction: hashing may wait its turn, and no connection waits with it.
  const passwordHash = await hashPassword(request.password, link.salt);
  await services.database.withTenant(tenantId, async (tx) => {
    await takeLink(tx, request.token);
    await storePassword(tx, services, userId, passwordHash);
    const context = { userId, requestId: from.id, ipAddress: from.ipAddress };
    await audit(tx, context, purpose === "RESET" ? "user.password-reset" : "user.invitation-accepted", userId, {});
    tellSecurityEvent(tx, services.log, "A password was set by a link", "medium", { userId, tenantId, purpose });
  });
  return link;
}

/** Keeps a member's new password. With it go their sessions and links, and they are told by mail, where one is set up. */
async function storePassword(tx: Tx, { mail }: Services, userId: string, passwordHash: string): Promise<void> {
  const replaced = await tx.run(
    sql`UPDATE member_password SET password_hash = ${passwordHash}, updated_at = now() WHERE user_id = ${userId}`,
  );
  if (replaced === 0) await tx.run(db.insertInto("member_password").values({ user_id: userId, password_hash: passwordHash }));
  await tx.run(db.deleteFrom("session").where("user_id", "=", userId));
  await tx.run(db.deleteFrom("password_link").where("user_id", "=", userId));
  // Whoever chose their first one need not be told.
  if (replaced > 0 && mail.delivery !== "NONE") await tx.sql("SELECT add_job('send-password-notice', $1)", [{ userId }]);
}
