import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type ServerProcess, startServerProcess } from "./server-process.ts";
import type { TestServer } from "./test-app.ts";
import { TestClient } from "./test-client.ts";

export interface KilledWhile {
  kills: number;
  clients: number;
  cookie: string;
  /** One piece of a client's work: it asks until it is answered, by this process or by the next one. Answers how often it was answered. */
  work: (client: TestClient, name: number, turn: number) => Promise<number>;
}

/** Lets clients work at a server of its own that is killed (SIGKILL) again and again at work, and lets them finish what they have begun. */
export async function whileServerIsKilled(setUp: TestServer, { kills, clients, cookie, work }: KilledWhile): Promise<void> {
  const server = await startServerProcess(setUp);
  const shift = { over: false };
  let answered = 0;
  const working = Array.from({ length: clients }, async (_, name) => {
    const client = new TestClient(server.address, cookie);
    for (let turn = 0; !shift.over; turn++) answered += await work(client, name, turn);
  });
  let last = server;
  try {
    last = await killAgainAndAgain(setUp, server, kills, () => answered);
  } finally {
    shift.over = true;
  }
  await Promise.all(working);
  await last.end("SIGKILL");
}

/** Kills a server and starts the next one on its port. However slow the machine: each is killed at work, when one more was answered. Answers the last one. */
export async function killAgainAndAgain(
  setUp: TestServer,
  first: ServerProcess,
  kills: number,
  answered: () => number,
): Promise<ServerProcess> {
  let server = first;
  for (let kill = 0; kill < kills; kill++) {
    const before = answered();
    await expect.poll(answered, { interval: 5, timeout: 60_000 }).toBeGreaterThan(before);
    await sleep(Math.random() * 300);
    await server.end("SIGKILL");
    server = await startServerProcess(setUp, { port: server.port });
  }
  return server;
}
