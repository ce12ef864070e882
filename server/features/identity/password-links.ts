import { createHash, randomBytes } from "node:crypto";
import { type Generated, sql } from "kysely";
import type { PasswordLink, PasswordLinkPurpose } from "#contract/account.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AuthenticationError } from "#platform/errors.ts";
import type { Services } from "#platform/services.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    password_link: {
      id: Generated<string>;
      user_id: string;
      purpose: PasswordLinkPurpose;
      token_hash: Buffer;
      mailed: boolean;
      created_at: Generated<string>;
      expires_at: string;
    };
  }
}

const minutesOf: Record<PasswordLinkPurpose, number> = { RESET: 30, INVITATION: 7 * 24 * 60 };
const keptMax = 5;

/** What a link that still holds is for. */
export interface FoundLink {
  tenant_id: string;
  tenant_code: string;
  tenant_name: string;
  user_id: string;
  email: string;
  user_name: string;
  purpose: PasswordLinkPurpose;
  expires_at: string;
  salt: Buffer;
}

const hashOf = (token: string) => createHash("sha256").update(token).digest();

/** A new link for a member, good once: 30 minutes, an invitation 7 days. Its token (256 bits) is known to this answer only. */
export async function issueLink(
  tx: Tx,
  { publicUrl }: Pick<Services["settings"], "publicUrl">,
  { userId, purpose, mailed }: { userId: string; purpose: PasswordLinkPurpose; mailed: boolean },
): Promise<{ id: string; token: string; url: string; expiresAt: string }> {
  const token = randomBytes(32).toString("base64url");
  const link = await tx.first(
    db
      .insertInto("password_link")
      .values({
        user_id: userId,
        purpose,
        token_hash: hashOf(token),
        mailed,
        expires_at: sql<string>`now() + make_interval(mins => ${minutesOf[purpose]})`,
      })
      .returning(["id", "expires_at"]),
  );
  if (!link) throw new Error("A link was not kept");
  // A stranger who asks for resets over and over neither fills the table nor ends an invitation.
  await tx.run(sql`
    DELETE FROM password_link WHERE user_id = ${userId} AND purpose = ${purpose} AND id NOT IN (
      SELECT id FROM password_link WHERE user_id = ${userId} AND purpose = ${purpose} ORDER BY id DESC LIMIT ${keptMax})`);
  // Behind #, so that it reaches no log of a server or proxy and no Referer.
  return { id: link.id, token, url: `${publicUrl}/set-password#${token}`, expiresAt: link.expires_at };
}

/** A link for a member on its way: by mail, where one is set up, otherwise for the Admin who asked to hand over. */
export async function provideLink(
  tx: Tx,
  { settings, mail }: Services,
  userId: string,
  purpose: PasswordLinkPurpose,
): Promise<PasswordLink> {
  if (mail.delivery === "MAIL") {
    await tx.sql("SELECT add_job('send-password-link', $1)", [{ userId, purpose }]);
    return { purpose, delivery: "MAIL", url: null, expiresAt: null };
  }
  const { url, expiresAt } = await issueLink(tx, settings, { userId, purpose, mailed: false });
  return { purpose, delivery: "LINK", url, expiresAt };
}

/** Throws `401 LINK_INVALID` for a link that was used, has run out or never was. */
export async function findLink({ database }: Services, token: string): Promise<FoundLink> {
  const [link] = await database.query<FoundLink>("SELECT * FROM find_password_link($1)", [hashOf(token)]);
  if (!link) throw invalidLink();
  return link;
}

/** Uses a link up, and with it all others of the same member. Of many at once one succeeds; the others get `401 LINK_INVALID`. */
export async function takeLink(tx: Tx, token: string): Promise<void> {
  const [taken] = await tx.sql<{ user_id: string | null }>("SELECT take_password_link($1) AS user_id", [hashOf(token)]);
  if (!taken?.user_id) throw invalidLink();
}

const invalidLink = () => new AuthenticationError("This link was used already, or has run out. Ask for a new one", "LINK_INVALID");
