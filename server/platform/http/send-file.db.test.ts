import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { exportQuery } from "#contract/export.ts";
import { Flag } from "#contract/list.ts";
import { createExportRoute } from "#platform/http/export-route.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { bindRoute } from "./handle.ts";

let server: TestServer;
let http: Server;
let url: string;
let cookie: string;

/** Numbers up to `rows`, and an error at `failAt`. */
const numbers = createExportRoute({
  path: "/numbers",
  summary: "x",
  query: z.strictObject({ rows: z.coerce.number(), noise: Flag.default(false), failAt: z.coerce.number().default(-1), ...exportQuery }),
  row: z.object({ n: z.number(), word: z.string() }),
  name: "numbers",
  batches: ({ tx, query }) =>
    counted(
      tx.batches(sql`
      SELECT n, CASE WHEN ${query.noise} THEN (SELECT string_agg(md5(n::text || k), '') FROM generate_series(1, 30) k) ELSE repeat('word ', 20) END AS word, 1 / (n - ${query.failAt}::integer) AS never
      FROM (SELECT generate_series(1, ${query.rows}::integer) AS n) s`),
    ),
});
let read = 0;
async function* counted<T>(batches: AsyncIterable<T>) {
  for await (const batch of batches) {
    read += 1;
    yield batch;
  }
}

beforeAll(async () => {
  server = await startTestServer("send file", { env: { DB_CONNECTION_LIMIT: "8" } });
  cookie = (await server.as("Viewer")).cookie ?? "";
  const { handle } = bindRoute(numbers, server.services);
  const answer = getRequestListener((request) => handle(request), { hostname: "localhost" });
  http = createServer((request, response) => void answer(request, response));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/api/v1/numbers`;
});
afterAll(async () => {
  http.closeAllConnections();
  http.close();
  await server.close();
});

const ask = (query: string, init: RequestInit = {}) => fetch(`${url}?${query}`, { ...init, headers: { cookie } });
/** Connections that are lent: each of them to a transaction. */
const open = () => {
  const { connections, idle } = server.services.database.statistics();
  return connections - idle;
};

test("a file comes with its type, a name to keep it under, and the headers of every answer", async () => {
  const answer = await ask("rows=1200");
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="numbers.csv"',
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  });
  expect(answer.headers.get("ratelimit-policy")).toContain("api");
  const lines = (await answer.text()).split("\r\n");
  expect(lines).toHaveLength(1202);
  expect([lines[0], lines[1], lines[1200]]).toEqual(["n,word", `1,${"word ".repeat(20)}`, `1200,${"word ".repeat(20)}`]);
});

test("a HEAD asks for the headers alone, and leaves no transaction open", async () => {
  const answer = await ask("rows=100000", { method: "HEAD" });
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([200, "text/csv; charset=utf-8", ""]);
  await expect.poll(open).toBe(0);
});

test("what fails before the first rows is refused as anywhere", async () => {
  const answer = await ask("rows=10&failAt=3");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/json"]);
  expect(answer.headers.get("content-disposition")).toBeNull();
  await expect.poll(open).toBe(0);
});

test.each(["csv", "xlsx", "json"])(
  "what fails later cuts the connection of a file of %s: half of it is not taken for the whole",
  async (format) => {
    const answer = await ask(`rows=100000&failAt=90000&format=${format}`);
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow("terminated");
    await expect.poll(open).toBe(0);
  },
);

test.each(["csv", "xlsx"])("a client who leaves ends the transaction, in the middle of a file of %s", async (format) => {
  const leaving = new AbortController();
  const answer = await ask(`rows=20000000&format=${format}`, { signal: leaving.signal });
  const reader = answer.body?.getReader();
  await reader?.read();
  expect(open()).toBe(1);
  leaving.abort();
  await expect.poll(open).toBe(0);
});

test.each(["csv", "xlsx", "json"])(
  "rows are read as fast as the client takes them: of a file of %s nobody reads, a few",
  async (format) => {
    const leaving = new AbortController();
    read = 0;
    const answer = await ask(`rows=1000000&noise=true&format=${format}`, { signal: leaving.signal });
    let last = -1;
    await expect
      .poll(
        () => {
          const isStill = read > 1 && read === last;
          last = read;
          return isStill;
        },
        { interval: 500, timeout: 15_000 },
      )
      .toBe(true);
    // Half a megabyte each, and 2,000 in all: as many as the buffers of the connection hold.
    expect(read).toBeLessThan(40);
    expect([answer.status, open()]).toEqual([200, 1]);
    leaving.abort();
    await expect.poll(open).toBe(0);
  },
);

test("only a part of the connections is lent for files: those who read a page are answered meanwhile", async () => {
  const leaving = new AbortController();
  const slow = [1, 2, 3, 4, 5].map(() => ask("rows=20000000", { signal: leaving.signal }).catch(() => undefined));
  await expect.poll(open).toBe(2);
  expect((await (await server.as("Viewer")).get("/sites")).status).toBe(200);
  leaving.abort();
  await Promise.all(slow);
  await expect.poll(open).toBe(0);
});
