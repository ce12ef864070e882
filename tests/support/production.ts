import { randomUUID } from "node:crypto";
import { post } from "#features/ledger/post.ts";
import type { PostRequest } from "#features/ledger/rules.ts";
import type { Context } from "#platform/http/context.ts";
import type { TestServer } from "./test-app.ts";

/** Posts through the ledger what only documents may post: as a document of the company would. */
export async function postAsDocument(server: TestServer, type: string, events: readonly PostRequest[]): Promise<void> {
  const { id, code, users } = server.tenants.acme;
  const context: Context = {
    tenantId: id,
    tenantCode: code,
    tenantName: "Acme",
    currency: "EUR",
    timeZone: "Europe/Vienna",
    userId: users.Admin.id,
    userName: "Admin",
    email: users.Admin.email,
    role: "Admin",
    siteIds: "all",
    sessionId: null,
    requestId: "req_document",
    ipAddress: "127.0.0.1",
    log: server.services.log,
  };
  const source = { type, id: randomUUID() };
  await server.services.database.withTenant(id, (tx) =>
    post(
      tx,
      context,
      events.map((event) => ({ ...event, source })),
    ),
  );
}
