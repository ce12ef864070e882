import { afterAll, beforeAll, expect, test } from "vitest";
import { createKeyedLoad } from "#tests/support/keyed-load.ts";
import { killAgainAndAgain } from "#tests/support/kill-server.ts";
import { startServerProcess } from "#tests/support/server-process.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// The server as a process of its own, killed in the middle of its work, again and again; the test's own server only sets up and looks.

const kills = 20;

let setUp: TestServer;

beforeAll(async () => {
  setUp = await startTestServer("kill");
});
afterAll(async () => {
  await setUp.close();
});

test(
  "killed twenty times in the middle of its work: what was acknowledged is there once, what was asked again is done once",
  { timeout: 600_000 },
  async () => {
    const load = await createKeyedLoad(setUp);
    const first = await startServerProcess(setUp);
    const answered = () => load.told.filter(({ status }) => status !== undefined).length;
    let last = first;
    await load.during({ address: first.address, clients: 12 }, async () => {
      last = await killAgainAndAgain(setUp, first, kills, answered);
    });
    await last.end("SIGKILL");
    expect(await load.check()).toBeGreaterThan(kills);
  },
);
