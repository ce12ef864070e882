import type { z } from "zod";
import type { Item } from "#contract/catalog.ts";
import { type ReceiveTransfer, Transfer, type TransferLineRequest } from "#contract/transfers.ts";
import type { TestServer } from "./test-app.ts";
import type { Answer, TestClient } from "./test-client.ts";

type Received = z.input<typeof ReceiveTransfer>["lines"][number];
type Some = Pick<Transfer, "id">;

/**
 * Transfers from the main site to the second one, over the API: planned by an Admin, sent by an Operator of the main site, received by an
 * Operator of the second one, who may not enter the other.
 */
export async function createTransfers(server: TestServer) {
  const { sites, id: tenantId } = server.tenants.acme;
  const admin = await server.as("Admin");
  const sender = await server.as("Operator");
  const there = await server.addUser("acme", { email: "there@acme.test", name: "There", role: "Operator", siteIds: [sites.second.id] });
  const receiver = await server.newSession("acme", there.id);
  await server.sql("INSERT INTO location (tenant_id, site_id, code, type) VALUES ($1, $2, 'T-01', 'TRANSIT')", [tenantId, sites.main.id]);
  const path = ({ id }: Some, step = "") => `/inventory/transfers/${id}${step}`;

  const draftOf = (lines: readonly Partial<z.input<typeof TransferLineRequest>>[], client = admin): Promise<Answer> =>
    client.post("/inventory/transfers", {
      fromSiteId: sites.main.id,
      toSiteId: sites.second.id,
      lines: lines.map((line) => ({ fromLocationId: sites.main.locations["A-01"], ...line })),
    });
  const draft = async (item: Item, quantity: number, more: Partial<z.input<typeof TransferLineRequest>> = {}) =>
    (await draftOf([{ itemId: item.id, quantity, ...more }])).read(Transfer);
  const send = (transfer: Some, client: TestClient = sender, headers?: Record<string, string>) =>
    client.post(path(transfer, "/send"), {}, headers);
  const reason = { reasonCode: "ENTRY-ERROR" };

  return {
    admin,
    sender,
    receiver,
    path,
    draft,
    draftOf,
    send,
    sent: async (item: Item, quantity: number, more: Partial<z.input<typeof TransferLineRequest>> = {}): Promise<Transfer> =>
      (await send(await draft(item, quantity, more))).read(Transfer),
    /** Into A-01 of the second site, of the transfer's first line, unless a line says otherwise. */
    receive: (
      transfer: Transfer,
      lines: readonly (Partial<Received> & { quantity: number })[],
      client: TestClient = receiver,
      headers?: Record<string, string>,
    ): Promise<Answer> =>
      client.post(
        path(transfer, "/receive"),
        { lines: lines.map((line) => ({ lineId: transfer.lines[0]?.id, locationId: sites.second.locations["A-01"], ...line })) },
        headers,
      ),
    close: (transfer: Some, body: object = {}, client: TestClient = admin) =>
      client.post(path(transfer, "/close"), { reasonCode: "CORRECTION", ...body }),
    takeBack: (transfer: Some, client: TestClient = sender) => client.post(path(transfer, "/reverse"), reason),
    undoReceipt: (transfer: Transfer, index = 0, client: TestClient = receiver, headers?: Record<string, string>) =>
      client.post(path(transfer, `/receipts/${transfer.receipts[index]?.id}/reverse`), reason, headers),
    read: async (transfer: Some, client: TestClient = admin) => (await client.get(path(transfer))).read(Transfer),
    done: async (answer: Answer | Promise<Answer>) => (await answer).read(Transfer),
  };
}
export type Transfers = Awaited<ReturnType<typeof createTransfers>>;
