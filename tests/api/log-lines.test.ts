import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { User } from "#contract/identity.ts";
import { routes } from "#server/app.ts";
import { whereNoAuditEventCommits } from "#tests/support/failing-commit.ts";
import { keepLines } from "#tests/support/log-lines.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

// One line for each request, whatever it was and however it ended, after its answer.

const webRoot = mkdtempSync(join(tmpdir(), "log-lines-"));
writeFileSync(join(webRoot, "index.html"), "<html></html>");
writeFileSync(join(webRoot, "a.txt"), "a");

const log = keepLines();
let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("log lines", { env: { WEB_ROOT: webRoot, NODE_ENV: "production" }, log });
  admin = await server.as("Admin");
});
afterAll(async () => {
  await server.close();
  rmSync(webRoot, { recursive: true });
});
beforeEach(() => log.forget());

/** The lines that tell of a request with a status, of this id. */
const linesOf = (requestId: string | null) =>
  log.lines().filter(({ context, metadata }) => context["requestId"] === requestId && metadata?.["status"] !== undefined);
const linesAfter = async (requestId: string | null) => {
  // Written once the answer has left; then there is time for a second one.
  await vi.waitFor(() => expect(linesOf(requestId).length).toBeGreaterThan(0));
  await new Promise((done) => setImmediate(done));
  return linesOf(requestId);
};

const addressOf = (path: string) => `/api/v1${path.replaceAll("{kind}", "items").replaceAll(/\{\w+\}/g, () => crypto.randomUUID())}`;

describe("every route, as it is called without a body", () => {
  test.each(routes.map((route) => [route.method, route.path] as const))("%s %s", async (method, path) => {
    const address = addressOf(path);
    // Whoever signs out would be no one for the next.
    const { cookie } = await server.newSession("acme", server.tenants.acme.users.Viewer.id);
    const answer = await fetch(server.baseUrl + address, { method, headers: { cookie: cookie ?? "", "user-agent": "test agent" } });
    const lines = await linesAfter(answer.headers.get("x-request-id"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: answer.status >= 500 ? "error" : "info",
      message: `${method} ${address} ${answer.status}`,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      duration: expect.any(Number) as number,
      metadata: { method, path: address, status: answer.status },
      context: { ipAddress: "127.0.0.1", userAgent: "test agent" },
    });
  });
});

describe("every other request", () => {
  test.each([
    ["GET", "/api/v1/nothing", 404],
    ["OPTIONS", "/api/v1/sites", 405],
    ["HEAD", "/api/v1/health?type=live", 200],
    ["GET", "/", 200],
    ["GET", "/a.txt", 200],
    ["HEAD", "/a.txt", 200],
    ["GET", "/assets/missing.js", 404],
    ["POST", "/a.txt", 405],
  ])("%s %s", async (method, path, status) => {
    const answer = await fetch(server.baseUrl + path, { method });
    const lines = await linesAfter(answer.headers.get("x-request-id"));
    expect([answer.status, lines.length]).toEqual([status, 1]);
    expect(lines[0]).toMatchObject({ metadata: { method, path: path.split("?")[0], status }, context: { ipAddress: "127.0.0.1" } });
  });

  test("what is no valid HTTP", async () => {
    const socket = connect(Number(new URL(server.baseUrl).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("what is this\r\n\r\n");
    const requestId = /x-request-id: (\S+)/i.exec(await text(socket))?.[1] ?? "";
    expect(log.lines().filter(({ context, metadata }) => (context["requestId"] ?? metadata?.["requestId"]) === requestId)).toMatchObject([
      { level: "info", metadata: { status: 400 } },
    ]);
  });
});

describe("the line says", () => {
  test("who asked, in which company", async () => {
    const answer = await admin.get("/sites");
    const { id, users } = server.tenants.acme;
    expect(await linesAfter(answer.headers.get("x-request-id"))).toMatchObject([{ context: { userId: users.Admin.id, tenantId: id } }]);
  });

  test("the trace that the request belongs to", async () => {
    const answer = await admin.get("/sites", { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" });
    expect(answer.headers.get("x-request-id")).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
    expect(await linesAfter("4bf92f3577b34da6a3ce929d0e0e4736")).toHaveLength(1);
  });

  test("the path, and nothing of the query", async () => {
    const answer = await admin.get("/sites?search=what-was-searched-for");
    await linesAfter(answer.headers.get("x-request-id"));
    expect(log.texts.join("")).not.toContain("what-was-searched-for");
  });

  test("of a failure of ours what failed, in a line beside it, under the same id", async () => {
    await server.sql("ALTER TABLE supplier RENAME TO supplier_elsewhere");
    const answer = await admin.get("/purchasing/suppliers");
    await server.sql("ALTER TABLE supplier_elsewhere RENAME TO supplier");
    const requestId = answer.headers.get("x-request-id");
    await linesAfter(requestId);
    const lines = log.lines().filter(({ context }) => context["requestId"] === requestId);
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ["error", "A request failed"],
      ["error", "GET /api/v1/purchasing/suppliers 500"],
    ]);
    expect(lines[0]?.error).toMatchObject({ name: "DatabaseError", cause: { code: "42P01" } });
  });
});

test("nobody waits for the line: the answer is on its way before it is written", async () => {
  const order: string[] = [];
  const slow = await startTestServer("slow log", {
    beside: server,
    log: {
      write: (line) => {
        if (!line.includes("/health 200")) return;
        order.push("line");
      },
    },
  });
  const socket = connect(Number(new URL(slow.baseUrl).port), "127.0.0.1");
  await once(socket, "connect");
  const { clientAddress } = slow.services;
  // The last that is asked of the process before the answer, and what runs once all that was to be done for it is done.
  slow.services.clientAddress = (...facts: Parameters<typeof clientAddress>) => {
    setImmediate(() => order.push("answered"));
    return clientAddress(...facts);
  };
  socket.write("GET /api/v1/health?type=live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await text(socket);
  await vi.waitFor(() => expect(order).toContain("line"));
  expect(order).toEqual(["answered", "line"]);
  await slow.close();
});

describe("a security event of what a transaction does", () => {
  const told = () => log.lines().filter(({ message }) => message === "A user's rights were changed");
  const changeRole = async (role: string) => {
    const { id } = server.tenants.acme.users.Viewer;
    const { version } = (await admin.get(`/users/${id}`)).read(User);
    log.forget();
    return await admin.call("PATCH", `/users/${id}`, { role, version });
  };

  test("is told once it is done, and not of what was undone while it was being saved", async () => {
    await whereNoAuditEventCommits(server, async () => {
      expect((await changeRole("Operator")).status).toBe(503);
      expect(told()).toEqual([]);
    });
    expect((await changeRole("Operator")).status).toBe(200);
    expect(told()).toMatchObject([{ level: "warn", metadata: { eventType: "security", severity: "medium", role: "Operator" } }]);
  });
});
