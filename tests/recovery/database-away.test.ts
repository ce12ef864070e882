import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "#platform/database/migrate.ts";
import { appRole } from "#scripts/embedded-postgres/settings.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "#scripts/embedded-postgres/start.ts";
import { provisionTenant } from "#tests/support/fixtures.ts";
import { createKeyedLoad } from "#tests/support/keyed-load.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// A PostgreSQL of this file's own is stopped under load, and started again. Takes about half a minute.

const awayMs = 20_000;

let dataDir: string;
let postgres: EmbeddedPostgres;
let server: TestServer;
const startPostgres = () => startEmbeddedPostgres({ dataDir, log: () => undefined, durable: false });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "database-away-"));
  postgres = await startPostgres();
  const { appUrl, ownerUrl } = postgres;
  await migrate({ ownerUrl, appRole, directory: "server/migrations", log: () => undefined });
  const tenants = { acme: await provisionTenant(ownerUrl, "acme"), globex: await provisionTenant(ownerUrl, "globex") };
  server = await startTestServer("database away", { beside: { appUrl, ownerUrl, tenants } });
});
afterAll(async () => {
  await server.close();
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test(
  "PostgreSQL stopped for 20 s under load: 503 within 2 s, live stays 200, and within 5 s after its return all is well",
  { timeout: 120_000 },
  async () => {
    const load = await createKeyedLoad(server);
    const live: number[] = [];
    let [stoppedAt, returningAt, backAt] = [0, 0, 0];
    await load.during({ address: server.baseUrl, clients: 8, thinkMs: 20 }, async () => {
      await sleep(1_000);
      await postgres.stop();
      stoppedAt = performance.now();
      while (performance.now() - stoppedAt < awayMs) {
        live.push((await server.anonymous.get("/health?type=live")).status);
        await sleep(250);
      }
      expect((await server.anonymous.get("/health?type=ready")).status).toBe(503);
      returningAt = performance.now();
      postgres = await startPostgres();
      backAt = performance.now();
      await sleep(8_000);
    });

    const during = load.told.filter(({ at, ms }) => at - ms > stoppedAt && at < returningAt);
    expect(during.length).toBeGreaterThan(20);
    expect(during.filter(({ status, retryAfter }) => status !== 503 || retryAfter === null)).toEqual([]);
    expect(Math.max(...during.map(({ ms }) => ms))).toBeLessThan(2_000);
    expect(new Set(live)).toEqual(new Set([200]));

    const later = load.told.filter(({ at, ms }) => at - ms > backAt + 5_000);
    expect(later.length).toBeGreaterThan(20);
    expect(later.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    expect(await load.check()).toBeGreaterThan(50);
    expect((await server.anonymous.get("/health?type=ready")).status).toBe(200);
  },
);
