import pg from "pg";
import { captureStatements } from "./captured-sql.ts";
import { medianMs } from "./median.ts";
import { startServer } from "./processes.ts";
import type { Row } from "./row.ts";
import { itemId, locationId, type World } from "./world.ts";

const lines = 500;
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 15);

/**
 * Receiving an order of 500 lines in one request, against its own statements, sent one after the other over one connection by a client that knows
 * nothing else. Both roll back at the end (`dryRun`), so that each round does the same.
 */
export async function benchReceiving(world: World, env: Record<string, string>, { port }: { port: number }): Promise<Row> {
  const order = await makeOrder(world, env["DATABASE_OWNER_URL"] ?? "");
  const path = `/api/v1/purchasing/purchase-orders/${order.id}/receive?dryRun=true`;
  const body = JSON.stringify({ lines: order.lines.map((lineId, n) => ({ lineId, quantity: 5, locationId: locationId(n) })) });
  const headers = { cookie: world.cookie, "content-type": "application/json" };
  const request = { method: "POST", headers, body };
  const statements = await captureStatements(env, new Request(`http://127.0.0.1${path}`, request));

  const client = new pg.Client(env["DATABASE_URL"]);
  await client.connect();
  const baseline = await medianMs(rounds, async () => {
    await client.query("BEGIN");
    await client.query("SELECT set_config('app.tenant_id', $1, true)", [world.tenantId]);
    for (const [index, { text, values }] of statements.slice(1).entries())
      await client.query({ name: `captured-${index}`, text, values: [...values] });
    await client.query("ROLLBACK");
  });
  await client.end();

  const server = await startServer("../server/main.ts", port, env);
  try {
    const ours = await medianMs(rounds, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, request);
      if (!answer.ok) throw new Error(`The receipt was refused: ${await answer.text()}`);
      await answer.arrayBuffer();
    });
    const note = `${ours.toFixed(0)} ms against ${baseline.toFixed(0)} ms, ${statements.length - 1} statements`;
    return {
      what: `Receiving ${lines} lines in one request`,
      against: "the same SQL over one connection",
      unit: "receipts/s",
      baseline: 1_000 / baseline,
      ours: 1_000 / ours,
      note,
    };
  } finally {
    await server.stop();
  }
}

async function makeOrder({ tenantId, siteId, userId }: World, ownerUrl: string): Promise<{ id: string; lines: string[] }> {
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  try {
    const one = async (text: string, values: unknown[]) => ((await owner.query<{ id: string }>(text, values)).rows[0] as { id: string }).id;
    const supplier = await one("INSERT INTO supplier (tenant_id, code, name) VALUES ($1, 'BENCH', 'Benchmark') RETURNING id", [tenantId]);
    const id = await one(
      `INSERT INTO purchase_order (tenant_id, number, status, supplier_id, site_id, created_by, submitted_by, submitted_at, approved_by, approved_at)
       VALUES ($1, 'BENCH-1', 'APPROVED', $2, $3, $4, $4, now(), $4, now()) RETURNING id`,
      [tenantId, supplier, siteId, userId],
    );
    const made = await owner.query<{ id: string }>(
      `INSERT INTO purchase_order_line (tenant_id, purchase_order_id, line_number, item_id, uom, quantity, unit_price)
       SELECT $1, $2, n, item, 'EA', 10, 2.5 FROM unnest($3::uuid[]) WITH ORDINALITY AS i(item, n) RETURNING id`,
      [tenantId, id, Array.from({ length: lines }, (_, n) => itemId(n))],
    );
    await owner.query("ANALYZE purchase_order_line");
    return { id, lines: made.rows.map((row) => row.id) };
  } finally {
    await owner.end();
  }
}
