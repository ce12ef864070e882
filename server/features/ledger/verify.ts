import type pg from "pg";

/** One thing that the events and what is stored do not agree on. `stored` and `recomputed` are null where there is none. */
export interface Difference {
  tenant: string;
  check: string;
  sku: string | null;
  /** `SITE/LOCATION`. */
  location: string | null;
  lot: string | null;
  status: string | null;
  stored: string | null;
  recomputed: string | null;
}

/** What a tenant has: counts and quantities as text, exact whatever their size. */
export interface TenantSummary {
  tenant: string;
  events: string;
  balances: string;
  onHand: string;
  differences: number;
}

const pageRows = 1_000;

/**
 * Runs checks, each a query for what is not as it has to be, over every tenant. In one snapshot, so it is right while postings go on. Each difference is told
 * as it is found; the database does the sums, so memory stays flat. `client` is connected as the database's owner, who sees every tenant.
 */
export async function runChecks(
  client: pg.Client,
  checks: readonly { name: string; sql: string }[],
  onDifference: (difference: Difference) => void,
): Promise<TenantSummary[]> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    await client.query("SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)");
    const tenants = await summaries(client);
    const differences = new Map<string, number>();
    for (const { name, sql } of checks) {
      for await (const row of rowsOf<Omit<Difference, "check">>(client, sql)) {
        differences.set(row.tenant, (differences.get(row.tenant) ?? 0) + 1);
        onDifference({ ...row, check: name });
      }
    }
    return tenants.map((tenant) => ({ ...tenant, differences: differences.get(tenant.tenant) ?? 0 }));
  } finally {
    await client.query("ROLLBACK");
  }
}

async function summaries(client: pg.Client): Promise<Omit<TenantSummary, "differences">[]> {
  const { rows } = await client.query<Omit<TenantSummary, "differences">>(
    `SELECT t.code AS tenant, coalesce(e.count, 0)::text AS events, coalesce(b.count, 0)::text AS balances, trim_scale(coalesce(b.on_hand, 0))::text AS "onHand"
     FROM tenant t
     LEFT JOIN (SELECT tenant_id, count(*) AS count FROM inventory_event GROUP BY tenant_id) e ON e.tenant_id = t.id
     LEFT JOIN (SELECT tenant_id, count(*) AS count, sum(on_hand) AS on_hand FROM inventory_balance GROUP BY tenant_id) b ON b.tenant_id = t.id
     ORDER BY t.code`,
  );
  return rows;
}

async function* rowsOf<Row>(client: pg.Client, sql: string): AsyncGenerator<Row> {
  await client.query(`DECLARE difference NO SCROLL CURSOR FOR ${sql}`);
  for (;;) {
    const { rows } = await client.query(`FETCH ${pageRows} FROM difference`);
    yield* rows as Row[];
    if (rows.length < pageRows) break;
  }
  await client.query("CLOSE difference");
}
