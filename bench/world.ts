import { createHash, createHmac, randomBytes } from "node:crypto";
import pg from "pg";

export const sessionSecret = randomBytes(32).toString("hex");
export const itemCount = 100_000;
export const locationCount = 1_000;

// Numbered ids, so that pgbench can make them too.
export const itemPrefix = "00000000-0000-7000-8000-";
export const locationPrefix = "00000000-0000-7000-9000-";
const numbered = (prefix: string) => (n: number) => prefix + String(n).padStart(12, "0");
export const itemId = numbered(itemPrefix);
export const locationId = numbered(locationPrefix);

/** A company of its own for one run, with 100,000 items and 1,000 locations, and a signed-in Admin. */
export interface World {
  tenantId: string;
  siteId: string;
  userId: string;
  cookie: string;
}

export async function makeWorld(ownerUrl: string): Promise<World> {
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  try {
    const one = async (text: string, values: unknown[]) => ((await owner.query<{ id: string }>(text, values)).rows[0] as { id: string }).id;
    const code = `bench-${Date.now()}`;
    const tenantId = await one("INSERT INTO tenant (code, name) VALUES ($1, 'Benchmark') RETURNING id", [code]);
    const userId = await one("INSERT INTO app_user (email) VALUES ($1) RETURNING id", [`admin@${code}.test`]);
    await owner.query("INSERT INTO membership (tenant_id, user_id, role, name) VALUES ($1, $2, 'Admin', 'Benchmark')", [tenantId, userId]);
    const siteId = await one("INSERT INTO site (tenant_id, code, name) VALUES ($1, 'MAIN', 'Main') RETURNING id", [tenantId]);
    await owner.query("INSERT INTO unit (tenant_id, code, name, whole) VALUES ($1, 'EA', 'Each', true)", [tenantId]);
    await owner.query(
      `INSERT INTO location (tenant_id, site_id, id, code, type)
       SELECT $1, $2, ($4 || lpad(n::text, 12, '0'))::uuid, 'A-' || n, 'STORAGE' FROM generate_series(0, $3::int - 1) n`,
      [tenantId, siteId, locationCount, locationPrefix],
    );
    await owner.query(
      `INSERT INTO item (tenant_id, id, sku, name, category)
       SELECT $1, ($3 || lpad(n::text, 12, '0'))::uuid, 'SKU-' || lpad(n::text, 6, '0'), 'Item number ' || n, 'Category ' || n % 20 FROM generate_series(0, $2::int - 1) n`,
      [tenantId, itemCount, itemPrefix],
    );
    await owner.query("ANALYZE");
    return { tenantId, siteId, userId, cookie: await signIn(owner, tenantId, userId) };
  } finally {
    await owner.end();
  }
}

/** A session of one day; answers its cookie. */
export async function signIn(owner: pg.Client, tenantId: string, userId: string): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  await owner.query("INSERT INTO session (tenant_id, user_id, token_hash, expires_at) VALUES ($1, $2, $3, now() + interval '1 day')", [
    tenantId,
    userId,
    createHash("sha256").update(token).digest(),
  ]);
  return `__Host-session=${token}.${createHmac("sha256", sessionSecret).update(token).digest("base64url")}`;
}

/** A whole HTTP/1.1 request for the load generator. */
export function httpRequest(method: "GET" | "POST", path: string, cookie: string, body?: unknown): string {
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers =
    body === undefined ? "" : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nIdempotency-Key: {key}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${cookie}\r\n${headers}\r\n${text}`;
}
