import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorBody } from "#contract/errors.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("listen", { env: { NODE_ENV: "production" } });
});
afterAll(() => server.close());

const connected = async ({ baseUrl }: TestServer) => {
  const socket = connect(Number(new URL(baseUrl).port), "127.0.0.1");
  await once(socket, "connect");
  return socket;
};

/** What comes back for these bytes, until the server ends the connection. */
async function exchange(bytes: string): Promise<{ status: number; headers: Headers; body: string }> {
  const socket = await connected(server);
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
    ["headers beyond all measure", `GET /api/v1/health HTTP/1.1\r\n${host}\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`],
    ["two lengths", `POST /api/v1/auth/login HTTP/1.1\r\n${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ])("%s", async (_, bytes) => {
    const { status, headers, body } = await exchange(bytes);
    expect(status).toBe(400);
    const { error } = ErrorBody.parse(JSON.parse(body));
    expect(error).toMatchObject({ code: "BAD_REQUEST", statusCode: 400, requestId: headers.get("x-request-id") });
    const ordinary = await fetch(`${server.baseUrl}/api/v1/health?type=live`);
    const missing = [...ordinary.headers.keys()].filter((name) => !headers.has(name) && !["date", "keep-alive"].includes(name));
    expect(missing).toEqual([]);
    expect(headers.get("strict-transport-security")).toBe(ordinary.headers.get("strict-transport-security"));
  });

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
