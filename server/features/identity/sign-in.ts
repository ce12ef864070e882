import { type Generated, sql } from "kysely";
import type { LoginRequest, Me } from "#contract/identity.ts";
import { db } from "#platform/database/query-builder.ts";
import { AppError, AuthenticationError, NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { verifyPassword } from "#platform/passwords.ts";
import type { Services } from "#platform/services.ts";
import { describeMe } from "./me.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    session: {
      id: Generated<string>;
      user_id: string;
      token_hash: Buffer;
      ip_address: string | null;
      user_agent: string | null;
      expires_at: string;
    };
  }
}

interface Membership {
  user_id: string;
  password_hash: string;
  tenant_id: string;
  tenant_code: string;
  tenant_name: string;
}

interface Origin {
  raw: Request;
  ipAddress: string;
  userAgent: string | null;
}

/**
 * Checks the password and begins a session, in place of the one that the browser had. Unknown address, wrong password and no
 * right to the company are one answer after the same work: `401 INVALID_CREDENTIALS`. `400 TENANT_REQUIRED` names the
 * companies of someone whose password opens several.
 */
export async function signIn(services: Services, request: LoginRequest, origin: Origin): Promise<{ me: Me; setCookie: string }> {
  const memberships = await findMemberships(services, request.email);
  const right = await verifyPassword(
    request.password,
    memberships.map(({ password_hash }) => password_hash),
  );
  const membership = chooseTenant(
    memberships.filter((_, index) => right[index]),
    request.tenant,
  );
  if (!membership) {
    services.log.logSecurityEvent("A sign-in failed", "medium", { email: request.email, ipAddress: origin.ipAddress });
    throw new AuthenticationError("The e-mail address or the password is not right", "INVALID_CREDENTIALS");
  }
  const me = await beginSession(services, membership, origin);
  services.log.logSecurityEvent("Signed in", "low", { userId: membership.user_id, tenantId: membership.tenant_id });
  return me;
}

/**
 * Goes on in another company that the same password opens, with a new session. Throws `404` for any other: a company that has
 * the same address among its people lets nobody in whose password was chosen elsewhere.
 */
export async function switchTenant(
  services: Services,
  { email, tenantId }: Context,
  tenant: string,
  origin: Origin,
): Promise<{ me: Me; setCookie: string }> {
  const memberships = await findMemberships(services, email);
  const here = memberships.find(({ tenant_id }) => tenant_id === tenantId);
  // One person's hashes share their salt: equal passwords are equal hashes.
  const membership = chooseTenant(
    memberships.filter(({ password_hash }) => password_hash === here?.password_hash),
    tenant,
  );
  if (!membership) throw new NotFoundError();
  return await beginSession(services, membership, origin);
}

/** What all passwords of this address are hashed with. */
export async function findSalt(services: Services, email: string): Promise<Buffer> {
  const [found] = await services.database.query<{ salt: Buffer }>("SELECT salt_of($1) AS salt", [email]);
  if (!found) throw new Error("An address has no salt");
  return found.salt;
}

/** Where someone with this address may sign in. */
const findMemberships = (services: Services, email: string) =>
  services.database.query<Membership>("SELECT * FROM find_sign_in($1)", [email]);

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

/** A new token every time: a cookie that someone planted before never becomes a session. */
async function beginSession(
  services: Services,
  { tenant_id: tenantId, user_id: userId }: Membership,
  origin: Origin,
): Promise<{ me: Me; setCookie: string }> {
  const { absoluteHours } = services.settings.session;
  const { tokenHash, setCookie } = services.sessions.issue(absoluteHours * 3_600);
  const me = await services.database.withTenant(tenantId, async (tx) => {
    await tx.run(
      db.insertInto("session").values({
        user_id: userId,
        token_hash: tokenHash,
        ip_address: origin.ipAddress,
        user_agent: origin.userAgent?.slice(0, 500) ?? null,
        expires_at: sql<string>`now() + make_interval(hours => ${absoluteHours})`,
      }),
    );
    return await describeMe(tx, userId);
  });
  await endSession(services, origin.raw);
  return { me, setCookie };
}

/** Ends the session of the request's cookie, if it has one of ours. */
export async function endSession(services: Services, request: Request): Promise<void> {
  const tokenHash = services.sessions.read(request.headers.get("cookie"));
  if (tokenHash) await services.database.query("SELECT end_session($1)", [tokenHash]);
}
