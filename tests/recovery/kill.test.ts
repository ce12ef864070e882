import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKeyedLoad } from "#tests/support/keyed-load.ts";
import { type ServerProcess, startServerProcess } from "#tests/support/server-process.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// The server as a process of its own, killed in the middle of its work, again and again; the test's own server only sets up and looks.

const kills = 20;

let setUp: TestServer;
let server: ServerProcess | undefined;

beforeAll(async () => {
  setUp = await startTestServer("kill");
});
afterAll(async () => {
  server?.child.kill("SIGKILL");
  await setUp.close();
});

test(
  "killed twenty times in the middle of its work: what was acknowledged is there once, what was asked again is done once",
  { timeout: 600_000 },
  async () => {
    const load = await createKeyedLoad(setUp);
    let running = await startServerProcess(setUp);
    await load.during({ address: running.address, clients: 12 }, async () => {
      for (let kill = 0; kill < kills; kill++) {
        // However slow the machine: most processes are killed at work, not while nobody has been answered yet.
        const before = load.told.filter(({ status }) => status !== undefined).length;
        await expect
          .poll(() => load.told.filter(({ status }) => status !== undefined).length, { interval: 5, timeout: 60_000 })
          .toBeGreaterThan(before);
        await sleep(Math.random() * 300);
        await running.end("SIGKILL");
        server = running = await startServerProcess(setUp, { port: running.port });
      }
    });
    expect(await load.check()).toBeGreaterThan(kills);
  },
);
