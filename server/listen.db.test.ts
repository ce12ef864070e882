import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorBody } from "#contract/errors.ts";
import { loadConfig } from "#server/config.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { listen } from "./listen.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("listen", { env: { NODE_ENV: "production" } });
});
afterAll(() => server.close());

async function connected(port = Number(new URL(server.baseUrl).port)): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** What comes back for these bytes, until the server ends the connection. */
async function exchange(bytes: string): Promise<{ status: number; headers: Headers; body: string }> {
  const socket = await connected();
  socket.write(bytes);
  const [head = "", body = ""] = (await text(socket)).split(/\r\n\r\n(.*)/s);
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]));
  return { status: Number(statusLine.split(" ")[1]), headers, body };
}

const host = "Host: 127.0.0.1";

describe("what is no valid HTTP request is an error of the one shape, with the headers of every answer", () => {
  test.each([
    ["bytes that are no request", "what is this\r\n\r\n"],
    ["no host", "GET /api/v1/health HTTP/1.1\r\n\r\n"],
    ["a host that is none", "GET /api/v1/health HTTP/1.1\r\nHost: a b\r\n\r\n"],
    ["an address that is none", `OPTIONS * HTTP/1.1\r\n${host}\r\n\r\n`],
    ["nothing but line breaks and words", "\r\n\r\nhello\r\n\r\n"],
    ["another protocol", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"],
    ["a method that nobody knows", `STEAL /api/v1/health HTTP/1.1\r\n${host}\r\n\r\n`],
    ["a method in small letters", `get /api/v1/health HTTP/1.1\r\n${host}\r\n\r\n`],
    ["no address", `GET  HTTP/1.1\r\n${host}\r\n\r\n`],
    ["a version that there is not", `GET /api/v1/health HTTP/7.3\r\n${host}\r\n\r\n`],
    ["no version", `GET /api/v1/health XTTP\r\n${host}\r\n\r\n`],
    ["an address with a space", `GET /api/v1/he alth HTTP/1.1\r\n${host}\r\n\r\n`],
    ["a header without a colon", `GET /api/v1/health HTTP/1.1\r\n${host}\r\nno colon\r\n\r\n`],
    ["a header without a name", `GET /api/v1/health HTTP/1.1\r\n${host}\r\n: nameless\r\n\r\n`],
    ["a space before the colon", `GET /api/v1/health HTTP/1.1\r\n${host}\r\nX-Space : x\r\n\r\n`],
    ["a NUL in a header", `GET /api/v1/health HTTP/1.1\r\n${host}\r\nX-Nul: a\u0000b\r\n\r\n`],
    ["a length that is none", `POST /api/v1/health HTTP/1.1\r\n${host}\r\nContent-Length: many\r\n\r\n`],
    ["a negative length", `POST /api/v1/health HTTP/1.1\r\n${host}\r\nContent-Length: -1\r\n\r\n`],
    ["the same length twice, differently", `POST /api/v1/health HTTP/1.1\r\n${host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ["a transfer encoding that ends in no chunks", `POST /api/v1/health HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked, gzip\r\n\r\n`],
    ["a chunk whose length is none", `POST /api/v1/health HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ["two hosts", `GET /api/v1/health HTTP/1.1\r\n${host}\r\nHost: elsewhere.example\r\n\r\n`],
    ["the same host twice", `GET /api/v1/health HTTP/1.1\r\n${host}\r\n${host}\r\n\r\n`],
    ["two hosts in HTTP/1.0", `GET /api/v1/health HTTP/1.0\r\n${host}\r\nHost: elsewhere.example\r\n\r\n`],
    ["a tunnel to elsewhere", `CONNECT elsewhere.example:443 HTTP/1.1\r\n${host}\r\n\r\n`],
    ["two hosts in one", `GET /api/v1/health HTTP/1.1\r\nHost: a:b:c\r\n\r\n`],
    ["two lengths", `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ])("%s", async (_, bytes) => {
    expect(await refusalOf(bytes)).toEqual({ status: 400, code: "BAD_REQUEST", statusCode: 400, ...asAnyOther });
  });

  const chunked = `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  test.each([
    ["a header", `GET /api/v1/health HTTP/1.1\r\n${host}\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`, 431, "HEADERS_TOO_LARGE"],
    ["headers", `GET /api/v1/health HTTP/1.1\r\n${host}\r\n${"a:b\r\n".repeat(6_000)}\r\n`, 431, "HEADERS_TOO_LARGE"],
    ["an address", `GET /api/v1/health?${"x".repeat(20_000)} HTTP/1.1\r\n${host}\r\n\r\n`, 431, "HEADERS_TOO_LARGE"],
    ["what is said of a chunk", `${chunked}2;${"x".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`, 413, "BODY_TOO_LARGE"],
  ])("%s beyond all measure", async (_, bytes, statusCode, code) => {
    expect(await refusalOf(bytes)).toEqual({ status: statusCode, code, statusCode, ...asAnyOther });
  });

  const asAnyOther = { sameId: true, missing: [], sameTransportSecurity: true, leak: null };
  async function refusalOf(bytes: string) {
    const { status, headers, body } = await exchange(bytes);
    const { code, statusCode, requestId } = ErrorBody.parse(JSON.parse(body)).error;
    const ordinary = await fetch(`${server.baseUrl}/api/v1/health?type=live`);
    return {
      status,
      code,
      statusCode,
      sameId: requestId === headers.get("x-request-id"),
      missing: [...ordinary.headers.keys()].filter((name) => !headers.has(name) && !["date", "keep-alive"].includes(name)),
      sameTransportSecurity: headers.get("strict-transport-security") === ordinary.headers.get("strict-transport-security"),
      leak: /HPE_|llhttp|Parse Error|node:|stack/i.exec(body),
    };
  }

  test.each([
    [
      "an expectation that nobody knows",
      `GET /api/v1/health?type=live HTTP/1.1\r\n${host}\r\nExpect: a miracle\r\nConnection: close\r\n\r\n`,
    ],
    ["no host in HTTP/1.0, as health checks ask", "GET /api/v1/health?type=live HTTP/1.0\r\n\r\n"],
  ])("but not %s", async (_, bytes) => {
    expect((await exchange(bytes)).status).toBe(200);
  });
});

describe("what is no valid HTTP is answered in its turn", () => {
  const ask = `GET /api/v1/health?type=ready HTTP/1.1\r\n${host}\r\n\r\n`;
  const statuses = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);

  test.each([
    ["after the answers to the requests before it", `${ask}${ask}what is this\r\n\r\n`, ["200", "200", "400"]],
    [
      "at once where it is the body of its request",
      `POST /api/v1/health HTTP/1.1\r\n${host}\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n`,
      ["400"],
    ],
  ])("%s", async (_, bytes, expected) => {
    const socket = await connected();
    socket.write(bytes);
    expect(statuses(await text(socket))).toEqual(expected);
  });
});

test.each([
  ["before its long body has come: the connection ends, and says so", 100_000, "{", "close"],
  ["with a short one: the connection stays", 1_000, "{}".padEnd(1_000), "keep-alive"],
])("a request refused %s", async (_, length, sent, connection) => {
  const head = `POST /api/v1/inventory/items HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  // The second request is answered only where the first one's connection stays.
  const next = connection === "close" ? "" : `GET /api/v1/health?type=live HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`;
  const { status, headers, body } = await exchange(head + sent + next);
  expect({ status, connection: headers.get("connection") }).toEqual({ status: 401, connection });
  expect(body.includes("HTTP/1.1 200")).toBe(connection === "keep-alive");
});

test("a request refused before its long body has come is answered to a client that sends all of it before it reads", async () => {
  const statuses = Array.from({ length: 10 }, async () => {
    const socket = await connected();
    const body = Buffer.alloc(4 * 1024 * 1024);
    socket.write(`POST /api/v1/inventory/items HTTP/1.1\r\n${host}\r\nContent-Length: ${body.length}\r\n\r\n`);
    await new Promise((sent) => socket.write(body, sent));
    return (await text(socket)).slice(0, 12);
  });
  expect(new Set(await Promise.all(statuses))).toEqual(new Set(["HTTP/1.1 401"]));
});

test("what comes behind the long body of a refused request is not done", async () => {
  const { cookie } = await server.as("Admin");
  const socket = await connected();
  const head = (more: string) => `POST /api/v1/inventory/items HTTP/1.1\r\n${host}\r\nCookie: ${cookie}\r\n${more}\r\n\r\n`;
  socket.write(head("Content-Length: 100000"));
  await once(socket, "readable");
  const item = JSON.stringify({ sku: "BEHIND", name: "Behind" });
  socket.end("x".repeat(100_000) + head(`Content-Type: application/json\r\nContent-Length: ${item.length}`) + item);
  expect((await text(socket)).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 415"]);
  await new Promise((done) => setTimeout(done, 300));
  expect(await server.sql("SELECT FROM item WHERE sku = 'BEHIND'")).toEqual([]);
});

describe("connections", () => {
  const webRoot = mkdtempSync(join(tmpdir(), "large-file-"));
  const fileBytes = 64 * 1024 * 1024;
  beforeAll(() => writeFileSync(join(webRoot, "large.bin"), Buffer.alloc(fileBytes)));
  afterAll(() => rmSync(webRoot, { recursive: true }));

  const another = (limits?: Parameters<typeof listen>[2]) =>
    listen(
      loadConfig({
        PORT: "0",
        WEB_ROOT: webRoot,
        SESSION_SECRET: "a secret that nothing but tests ever uses",
        DATABASE_URL: server.appUrl,
        DATABASE_OWNER_URL: server.ownerUrl,
      }),
      { ...server.services, lifecycle: { draining: false } },
      limits,
    );
  const askForFile = (socket: Socket) => socket.write(`GET /large.bin HTTP/1.1\r\n${host}\r\n\r\n`);

  const impatient = { headersMs: 300, patienceMs: 400, bytesPerSecond: 500 };
  const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
  const posting = `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n`;

  /** A client that goes on sending these bytes, one now and then, and never closes its end. */
  async function slowClient(port: number, first: string, drop: string): Promise<string> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await once(socket, "connect");
    socket.on("error", () => undefined);
    socket.write(first);
    const sending = setInterval(() => socket.writable && socket.write(drop), 50);
    const answer = await text(socket).catch(() => "");
    clearInterval(sending);
    socket.destroy();
    return answer;
  }

  test.each([
    ["its headers, a few bytes at a time", `GET /api/health HTTP/1.1\r\n${host}\r\n`, "X-A: b\r\n"],
    ["the first line of its headers", "GET /api", "x"],
    ["its body, a few bytes at a time", posting, "x"],
    ["nothing of its body", posting, ""],
  ])("one whose client is slow to send %s is told so, and cut off", async (_, first, drop) => {
    const { port, drain } = await another(impatient);
    const [head = "", body = ""] = (await slowClient(port, first, drop)).split("\r\n\r\n");
    expect(head.split("\r\n")[0]).toBe("HTTP/1.1 408 Request Timeout");
    expect(ErrorBody.parse(JSON.parse(body)).error).toMatchObject({ statusCode: 408, code: "REQUEST_TIMEOUT" });
    expect(head.toLowerCase()).toContain("content-security-policy: default-src 'none'");
    await drain();
  });

  test("one that says nothing at all is cut off", async () => {
    const { port, drain } = await another(impatient);
    const silent = await connected(port);
    silent.resume();
    await once(silent, "close");
    expect(silent.destroyed).toBe(true);
    await drain();
  });

  test("one whose body keeps coming is waited for, longer than for a slow one", async () => {
    const { port, drain } = await another(impatient);
    const socket = await connected(port);
    socket.write(posting);
    for (let sent = 0; sent < 9_000; sent += 500) {
      socket.write("x".repeat(500));
      await pause(60);
    }
    await once(socket, "readable");
    expect(String(socket.read())).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
    await drain();
  });

  test.each([
    ["never reads its answer", 0],
    ["reads a few bytes of it now and then", 1],
  ])("one whose client %s is cut off", async (_, bytesAtATime) => {
    const { port, drain } = await another(impatient);
    const socket = await connected(port);
    socket.on("error", () => undefined);
    askForFile(socket);
    // Much longer than the limit; then what had left already comes, and no more.
    for (let round = 0; round < 20; round++) {
      if (bytesAtATime > 0) socket.read(bytesAtATime);
      await pause(100);
    }
    let received = 0;
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) received += (chunk as Buffer).length;
    expect(received).toBeLessThan(fileBytes);
    await drain();
  });

  test("at the end of the server, one over which nothing was asked is closed, and one under way gets its whole answer", async () => {
    const { port, drain } = await another();
    const unused = await connected(port);
    const busy = await connected(port);
    askForFile(busy);
    await once(busy, "readable");
    const drained = drain();
    await once(unused, "close");
    let received = 0;
    for await (const chunk of busy) received += (chunk as Buffer).length;
    expect(received).toBeGreaterThan(fileBytes);
    await drained;
  });
});
