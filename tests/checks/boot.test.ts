import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import { startReceiver } from "#tests/support/log-receiver.ts";
import { createTestDatabase } from "#tests/support/test-database.ts";

// vitest runs more than Node does (enums, .tsx, parameter properties): the server must start under Node itself.

test("the server starts under plain Node, says that it lives, and SIGTERM ends it with code 0", async () => {
  const { appUrl, ownerUrl } = await createTestDatabase("boot");
  const server = startServer({ DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, SESSION_SECRET: "for-this-test-only-and-long-enough" });
  try {
    const address = await addressOf(server);
    const live = await fetch(`${address}/api/health?type=live`);
    expect(live.status).toBe(200);
    const ready = await fetch(`${address}/api/health?type=ready`);
    expect(ready.status).toBe(200);
  } finally {
    server.kill("SIGTERM");
  }
  expect(await once(server, "exit")).toEqual([0, null]);
});

test("the services that get a copy of the log get its last line too", async () => {
  const { appUrl, ownerUrl } = await createTestDatabase("boot sinks");
  const receiver = await startReceiver((_, response) => void response.writeHead(202).end("{}"));
  const server = startServer({
    DATABASE_URL: appUrl,
    DATABASE_OWNER_URL: ownerUrl,
    SESSION_SECRET: "for-this-test-only-and-long-enough",
    DATADOG_API_KEY: "0123456789abcdef0123456789abcdef",
    DATADOG_INTAKE_URL: `http://127.0.0.1:${receiver.port}`,
  });
  const address = await addressOf(server);
  const { headers } = await fetch(`${address}/api/health?type=live`);
  server.kill("SIGTERM");
  expect(await once(server, "exit")).toEqual([0, null]);
  const taken = receiver.received.map(({ body }) => body).join("");
  expect(taken).toContain(`Listening on ${address}`);
  expect(taken).toContain(headers.get("x-request-id"));
  await receiver.close();
});

test.each([
  ["where no Redis is set up", {}, false],
  ["where one is, even while it is away", { REDIS_URL: "redis://127.0.0.1:1" }, true],
])("the client of Redis, which slows the whole process, is loaded only where it is needed: %s", async (_, redis, loaded) => {
  const { appUrl, ownerUrl } = await createTestDatabase("boot redis");
  const atExit = `process.on("exit", () => console.log(Object.keys(process.getBuiltinModule("node:module")._cache).join(" ")))`;
  const server = startServer(
    { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, SESSION_SECRET: "for-this-test-only-and-long-enough", ...redis },
    ["--import", `data:text/javascript,${encodeURIComponent(atExit)}`],
  );
  const address = await addressOf(server);
  expect((await fetch(`${address}/api/health?type=ready`)).status).toBe(200);
  let modules = "";
  server.stdout.on("data", (chunk: Buffer) => (modules += chunk.toString()));
  server.kill("SIGTERM");
  await once(server, "close");
  expect(modules).toContain("node_modules/pg/");
  expect(modules.includes("node_modules/ioredis/")).toBe(loaded);
});

test("without a session secret the server refuses to start, and says what to do", async () => {
  const server = startServer({ DATABASE_URL: "postgres://a@127.0.0.1/b", DATABASE_OWNER_URL: "postgres://c@127.0.0.1/b" });
  let complaint = "";
  server.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  expect(await once(server, "close")).toEqual([1, null]);
  expect(complaint).toBe("SESSION_SECRET environment variable is required. Generate a secure secret with: openssl rand -base64 32\n");
});

type Server = ChildProcessByStdio<null, Readable, Readable>;

function startServer(environment: Record<string, string>, nodeOptions: readonly string[] = []): Server {
  return spawn(process.execPath, [...nodeOptions, "server/main.ts"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], NODE_ENV: "production", PORT: "0", LOG_LEVEL: "info", ...environment },
  });
}

/** From its log, since it chose the port itself. */
async function addressOf(server: Server): Promise<string> {
  let output = "";
  server.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk);
    const address = /Listening on (http:\/\/[\d.]+:\d+)/.exec(output)?.[1];
    if (address) {
      server.stdout.resume();
      return address;
    }
  }
  throw new Error(`The server ended before it listened:\n${output}`);
}
