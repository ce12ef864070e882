import type { LoginRequest, Me } from "#contract/identity.ts";
import { audit } from "#features/audit/audit.ts";
import { tellSecurityEvent } from "#platform/database/after-commit.ts";
import { db } from "#platform/database/query-builder.ts";
import { AppError, AuthenticationError, NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { hashPassword, standingOf, verifyPassword, workInVain } from "#platform/passwords.ts";
import type { Services } from "#platform/services.ts";
import { describeMe } from "./me.ts";
import { findBcryptRounds, findMemberships, findSalt, type Membership } from "./memberships.ts";
import { issueLink } from "./password-links.ts";
import { endSession, type Origin, startSession } from "./start-session.ts";

interface SignedIn {
  me: Me;
  setCookie: string;
}

/**
 * Checks the password and begins a session, in place of the one that the browser had. Unknown address, wrong password and no
 * right to the company are one answer after the same work: `401 INVALID_CREDENTIALS`. `400 TENANT_REQUIRED` names the
 * companies of someone whose password opens several. `429` after too many wrong guesses at the account; `403
 * PASSWORD_CHANGE_REQUIRED`, with a link's token, once for a password that is kept too weakly.
 */
export async function signIn(services: Services, request: LoginRequest, origin: Origin): Promise<SignedIn> {
  const { answer } = await services.signInGuard.attempt(request.email, origin.ipAddress, async () => {
    const memberships = await findMemberships(services, request.email);
    const hashes = memberships.map(({ password_hash }) => password_hash);
    const right = await verifyPassword(request.password, hashes);
    const membership = chooseTenant(
      memberships.filter((_, index) => right[index]),
      request.tenant,
    );
    if (!membership) {
      // Where too many wait for their turn nobody waits for this, and the guess counts all the same.
      await workInVain(request.password, hashes, await findBcryptRounds(services)).catch(() => undefined);
      services.log.logSecurityEvent("A sign-in failed", "medium", { email: request.email, ipAddress: origin.ipAddress });
      throw wrongCredentials();
    }
    const standing = standingOf(membership.password_hash);
    if (standing === "weak") throw await requireNewPassword(services, membership, origin);
    const rehashed = standing === "outdated" ? await hashPassword(request.password, await findSalt(services, request.email)) : null;
    return { signedIn: true, answer: await beginSession(services, membership, origin, rehashed) };
  });
  services.log.logSecurityEvent("Signed in", "low", { userId: answer.me.user.id, tenantId: answer.me.tenant.id });
  return answer;
}

/**
 * Goes on in another company that the same password opens, with a new session. Throws `404` for any other: a company that has
 * the same address among its people lets nobody in whose password was chosen elsewhere.
 */
export async function switchTenant(
  services: Services,
  { email, tenantId }: Pick<Context, "email" | "tenantId">,
  tenant: string,
  origin: Origin,
): Promise<SignedIn> {
  const memberships = await findMemberships(services, email);
  const here = memberships.find(({ tenant_id }) => tenant_id === tenantId);
  // One person's hashes share their salt: equal passwords are equal hashes.
  const membership = chooseTenant(
    memberships.filter(({ password_hash }) => password_hash === here?.password_hash),
    tenant,
  );
  if (!membership) throw new NotFoundError();
  return await beginSession(services, membership, origin, null);
}

const wrongCredentials = () => new AuthenticationError("The e-mail address or the password is not right", "INVALID_CREDENTIALS");

function chooseTenant(memberships: readonly Membership[], wanted: string | undefined): Membership | undefined {
  if (wanted !== undefined) return memberships.find(({ tenant_code }) => tenant_code === wanted);
  if (memberships.length <= 1) return memberships[0];
  throw new AppError("Say which company you want to sign in to", {
    statusCode: 400,
    code: "TENANT_REQUIRED",
    details: {
      errors: [{ path: "tenant", message: "Is required: you belong to several companies" }],
      tenants: memberships.map(({ tenant_code, tenant_name }) => ({ code: tenant_code, name: tenant_name })),
    },
  });
}

async function beginSession(
  services: Services,
  { tenant_id: tenantId, user_id: userId, password_hash: hash }: Membership,
  origin: Origin,
  rehashed: string | null,
): Promise<SignedIn> {
  const begun = await services.database.withTenant(tenantId, async (tx) => {
    // A password that was changed while it was being checked opens nothing any more.
    const [still] = await tx.sql<{ right: boolean }>('SELECT confirm_password($1, $2, $3) AS "right"', [userId, hash, rehashed]);
    if (!still?.right) throw wrongCredentials();
    const setCookie = await startSession(tx, services, userId, origin);
    return { setCookie, me: await describeMe(tx, userId) };
  });
  await endSession(services, origin.raw);
  return begun;
}

/** A hash that can be guessed back is good for one sign-in, which leads to a new password and nowhere else. */
async function requireNewPassword(
  services: Services,
  { tenant_id: tenantId, user_id: userId, password_hash: hash }: Membership,
  origin: Origin,
): Promise<AppError> {
  const { token } = await services.database.withTenant(tenantId, async (tx) => {
    const [still] = await tx.sql<{ right: boolean }>('SELECT confirm_password($1, $2, NULL) AS "right"', [userId, hash]);
    if (!still?.right) throw wrongCredentials();
    await tx.run(db.deleteFrom("member_password").where("user_id", "=", userId));
    const context = { userId, requestId: origin.id, ipAddress: origin.ipAddress };
    await audit(tx, context, "user.password-expired", userId, {});
    tellSecurityEvent(tx, services.log, "A password that was kept too weakly has to be replaced", "medium", { userId, tenantId });
    return await issueLink(tx, services.settings, { userId, purpose: "RESET", mailed: false });
  });
  return new AppError("Choose a new password: yours was kept in a way that is no longer safe", {
    statusCode: 403,
    code: "PASSWORD_CHANGE_REQUIRED",
    details: { token },
  });
}
