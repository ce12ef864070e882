import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { expect, test } from "vitest";
import { createLogger } from "#platform/logger.ts";
import { createDatabase } from "./database.ts";

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}
const signedIn = message("R", Buffer.alloc(4));
const openDatabase = (server: Server) =>
  createDatabase({
    url: `postgres://app:app@127.0.0.1:${(server.address() as AddressInfo).port}/warehouse`,
    connectionLimit: 1,
    poolTimeoutMs: 1_000,
    statementCacheSize: 0,
    log: createLogger({ level: "silent" }),
  });
const ready = message("Z", Buffer.from("I"));
const terminated = message("E", Buffer.from("SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"));

test("a connection begins with nothing that a pooler between refuses: limits come with each transaction", async () => {
  let startup: Uint8Array = new Uint8Array();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (bytes: Buffer) => {
      startup = bytes;
      socket.end(signedIn);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const database = openDatabase(server);
  try {
    await expect(database.query("SELECT 1")).rejects.toMatchObject({ statusCode: 503 });
    // After its length and the protocol's version: names and values (PostgreSQL 18, 54.7). These four PgBouncer knows.
    const names = Buffer.from(startup.subarray(8))
      .toString()
      .split("\0")
      .filter((_, index) => index % 2 === 0);
    expect(names.filter((name) => name !== "").toSorted()).toEqual(["application_name", "client_encoding", "database", "user"]);
  } finally {
    await database.close();
    server.close();
  }
});

test("a connection that ends in the moment in which it is made ends no process", async () => {
  const escaped: unknown[] = [];
  const listener = (error: unknown) => void escaped.push(error);
  process.on("uncaughtException", listener);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(Buffer.concat([signedIn, ready, terminated])));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const database = openDatabase(server);
  try {
    await expect(database.query("SELECT 1")).rejects.toMatchObject({ statusCode: 503, code: "DATABASE_UNAVAILABLE" });
    expect(escaped).toEqual([]);
  } finally {
    process.off("uncaughtException", listener);
    await database.close();
    server.close();
  }
});
