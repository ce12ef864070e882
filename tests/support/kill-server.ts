import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { startServerProcess } from "./server-process.ts";
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
  let server = await startServerProcess(setUp);
  const shift = { over: false };
  let answered = 0;
  const working = Array.from({ length: clients }, async (_, name) => {
    const client = new TestClient(server.address, cookie);
    for (let turn = 0; !shift.over; turn++) answered += await work(client, name, turn);
  });
  try {
    for (let kill = 0; kill < kills; kill++) {
      // However slow the machine: each process is killed at work, not while nobody has been answered yet.
      const before = answered;
      await expect.poll(() => answered, { interval: 5, timeout: 60_000 }).toBeGreaterThan(before);
      await sleep(Math.random() * 300);
      await server.end("SIGKILL");
      server = await startServerProcess(setUp, { port: server.port });
    }
  } finally {
    shift.over = true;
  }
  await Promise.all(working);
  await server.end("SIGKILL");
}
