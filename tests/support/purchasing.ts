import type { z } from "zod";
import type { Item } from "#contract/catalog.ts";
import { type CreatePurchaseOrder, type OrderLine, PurchaseOrder } from "#contract/purchase-orders.ts";
import { Supplier } from "#contract/purchasing.ts";
import { Receipt, type ReceiveLine } from "#contract/receipts.ts";
import type { TestServer } from "./test-app.ts";
import type { Answer, TestClient } from "./test-client.ts";

type Line = z.input<typeof ReceiveLine>;
export type LineBody = { [Field in keyof Line]?: Line[Field] | undefined };

/** Sets up orders over the API: drafted and submitted by an Admin, approved by a Supervisor. */
export async function createPurchasing(server: TestServer) {
  const [admin, supervisor] = [await server.as("Admin"), await server.as("Supervisor")];
  const { sites } = server.tenants.acme;
  let made = 0;
  const supplier = async (more: object = {}) => {
    made += 1;
    return (await admin.post("/purchasing/suppliers", { code: `SUP-${made}-${Date.now()}`, name: `Supplier ${made}`, ...more })).read(
      Supplier,
    );
  };
  const usual = await supplier();
  const path = ({ id }: Pick<PurchaseOrder, "id">) => `/purchasing/purchase-orders/${id}`;
  const step = (order: Pick<PurchaseOrder, "id">, name: string, client: TestClient = admin, body: object = {}): Promise<Answer> =>
    client.post(`${path(order)}/${name}`, body);

  const draft = async (lines: readonly OrderLine[], more: Partial<CreatePurchaseOrder> = {}): Promise<PurchaseOrder> => {
    const body = { supplierId: usual.id, siteId: sites.main.id, lines, ...more };
    return (await admin.post("/purchasing/purchase-orders", body)).read(PurchaseOrder);
  };
  const approved = async (lines: readonly OrderLine[], more: Partial<CreatePurchaseOrder> = {}): Promise<PurchaseOrder> => {
    const order = await draft(lines, more);
    (await step(order, "submit")).read(PurchaseOrder);
    return (await step(order, "approve", supervisor)).read(PurchaseOrder);
  };

  /** In the second site, where the Supervisor may not work: as if someone had approved it. */
  const approvedElsewhere = async (lines: readonly OrderLine[]): Promise<PurchaseOrder> => {
    const order = await draft(lines, { siteId: sites.second.id });
    (await step(order, "submit")).read(PurchaseOrder);
    await server.sql("UPDATE purchase_order SET status = 'APPROVED', approved_by = submitted_by, approved_at = now() WHERE id = $1", [
      order.id,
    ]);
    return order;
  };

  return {
    supplier,
    usual,
    draft,
    approved,
    approvedElsewhere,
    step,
    /** Of one line: `quantity` ordered at `unitPrice`. */
    ofItem: (item: Item, quantity: number, unitPrice = 2.5, more: Partial<OrderLine> = {}) =>
      approved([{ itemId: item.id, quantity, unitPrice, ...more }]),
    read: async (order: Pick<PurchaseOrder, "id">) => (await admin.get(path(order))).read(PurchaseOrder),
    /** Into A-01 unless a line says otherwise; the order's first line unless it names one. */
    receive: (order: PurchaseOrder, lines: readonly LineBody[], client: TestClient = admin, headers?: Record<string, string>) =>
      client.post(
        `${path(order)}/receive`,
        { lines: lines.map((line) => ({ lineId: order.lines[0]?.id, locationId: sites.main.locations["A-01"], ...line })) },
        headers,
      ),
    received: async (answer: Answer | Promise<Answer>) => (await answer).read(Receipt),
    reverse: (receipt: Pick<Receipt, "id">, client: TestClient = admin) =>
      client.post(`/purchasing/receipts/${receipt.id}/reverse`, { reasonCode: "ENTRY-ERROR" }),
  };
}
export type Purchasing = Awaited<ReturnType<typeof createPurchasing>>;
