import { afterAll, beforeAll, expect, test } from "vitest";
import { startBalancer } from "#tests/support/balancer.ts";
import { createKeyedLoad } from "#tests/support/keyed-load.ts";
import { type ServerProcess, startServerProcess } from "#tests/support/server-process.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// Servers are replaced one after the other behind a load balancer that goes by `?type=ready`. Takes about a minute.

let setUp: TestServer;
let balancer: Awaited<ReturnType<typeof startBalancer>>;
const running = new Set<ServerProcess>();
beforeAll(async () => {
  setUp = await startTestServer("rolling restart");
  balancer = await startBalancer();
});
afterAll(async () => {
  await Promise.all([...running].map((server) => server.end("SIGKILL")));
  await balancer.close();
  await setUp.close();
});

async function begin(): Promise<ServerProcess> {
  const server = await startServerProcess(setUp, { env: { SHUTDOWN_DELAY_SECONDS: "1" } });
  running.add(server);
  balancer.add(server.address);
  return server;
}

test("SIGTERM under load, 20 times: no request fails, and each process ends with code 0", { timeout: 600_000 }, async () => {
  const load = await createKeyedLoad(setUp);
  let server = await begin();
  await load.during({ address: balancer.address, clients: 8, thinkMs: 20 }, async () => {
    for (let restart = 0; restart < 20; restart++) {
      const old = server;
      server = await begin();
      expect(await old.end("SIGTERM")).toBe(0);
      balancer.remove(old.address);
      running.delete(old);
    }
  });
  expect(await load.check()).toBeGreaterThan(200);
  // 409 is for want of stock: the request was answered, as it had to be.
  const failed = load.told.filter(({ status, code }) => status !== 201 && !(status === 409 && code === "INSUFFICIENT_STOCK"));
  expect(failed).toEqual([]);
});
