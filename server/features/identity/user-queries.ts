import { sql } from "kysely";
import type { z } from "zod";
import type { User, UserQuery } from "#contract/identity.ts";
import type { ListOf } from "#contract/list.ts";
import { columnsOf } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { isActive, readList, searched } from "#platform/http/read-list.ts";

const columns = sql`
  m.user_id AS id, ${columnsOf("m", ["version", "createdAt", "updatedAt", "name", "role", "active"])},
  (SELECT u.email FROM app_user u WHERE u.id = m.user_id) AS email,
  NOT EXISTS (SELECT FROM member_password p WHERE p.user_id = m.user_id) AS invited,
  ARRAY(SELECT a.site_id FROM site_access a JOIN site s ON s.id = a.site_id WHERE a.user_id = m.user_id ORDER BY s.code) AS "siteIds"`;

const id: SortColumn = { sql: sql.ref("m.user_id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  name: { sql: sql.ref("m.name"), type: "text" },
  role: { sql: sql.ref("m.role"), type: "text" },
  createdAt: { sql: sql.ref("m.created_at"), type: "timestamptz" },
};

export function listUsers(tx: Tx, query: z.output<typeof UserQuery>, secrets: readonly string[]): Promise<ListOf<User>> {
  const plan = planList(query, { list: "users", columns: sortable, byDefault: "name", tieBreaker: id, secrets });
  const where = [
    ...(query.role === undefined ? [] : [sql`m.role = ${query.role}`]),
    ...(query.active === undefined ? [] : [isActive("m", query.active)]),
    ...(query.search ? [searched("m.user_id", "search_users", query.search)] : []),
  ];
  return readList<User>(tx, query, plan, { from: sql`membership m`, alias: "m", where, columns });
}

/** A person as a member of the company. Throws `404`. */
export async function getUser(tx: Tx, userId: string): Promise<User> {
  const user = await tx.first(sql<User>`SELECT ${columns} FROM membership m WHERE m.user_id = ${userId}`);
  if (!user) throw new NotFoundError();
  return user;
}
