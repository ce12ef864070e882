import { sql } from "kysely";
import { type CompanyRules, defaultRules, type Settings, type UpdateSettings } from "#contract/settings.ts";
import { audit } from "#features/audit/audit.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";

const columns = columnsOf("t", [...recordFieldNames, "name", "currency", "timeZone", "settings"]);

export async function getSettings(tx: Tx): Promise<Settings> {
  const company = await tx.first(sql<Settings & { settings: Partial<CompanyRules> }>`SELECT ${columns} FROM tenant t`);
  if (!company) throw new NotFoundError();
  const { settings, ...rest } = company;
  return { ...rest, ...defaultRules, ...settings };
}

/**
 * Changes what a company is called and decides. Throws `409 IN_USE` for another currency once something was moved or ordered, since
 * every amount that is stored is in it.
 */
export async function changeSettings(
  tx: Tx,
  context: Context,
  basis: ChangeBasis,
  { name, currency, timeZone, ...rules }: Omit<UpdateSettings, "version">,
): Promise<Settings> {
  // For another currency the whole row: what is written for the company meanwhile holds it in share, and is then seen here.
  await tx.run(currency === undefined ? sql`SELECT 1 FROM tenant FOR NO KEY UPDATE` : sql`SELECT 1 FROM tenant FOR UPDATE`);
  const before = requireCurrent(await getSettings(tx), basis);
  if (currency !== undefined && currency !== before.currency) await requireNoAmounts(tx);
  await tx.run(sql`
    UPDATE tenant SET name = coalesce(${name ?? null}::text, name), currency = coalesce(${currency ?? null}::text, currency),
      time_zone = coalesce(${timeZone ?? null}::text, time_zone), settings = settings || ${JSON.stringify(rules)}::jsonb,
      version = version + 1, updated_at = now()
    WHERE id = ${context.tenantId}`);
  const after = await getSettings(tx);
  await audit(tx, context, "settings.updated", context.tenantId, { before, after });
  return after;
}

async function requireNoAmounts(tx: Tx): Promise<void> {
  const used = await tx.first(sql`SELECT 1 WHERE EXISTS (SELECT FROM inventory_event) OR EXISTS (SELECT FROM purchase_order)`);
  if (used) throw new ConflictError("IN_USE", "The currency is fixed once stock was moved or ordered", { fields: ["currency"] });
}
