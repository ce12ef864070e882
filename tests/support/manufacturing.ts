import type { z } from "zod";
import { Bom, type NewComponent } from "#contract/boms.ts";
import type { Item } from "#contract/catalog.ts";
import type { Role } from "#contract/identity.ts";
import { type ConsumeLine, ProductionOrder, ProductionPosting } from "#contract/production.ts";
import { balancesOf } from "./ledger.ts";
import type { TestServer } from "./test-app.ts";
import type { Answer, TestClient } from "./test-client.ts";
import type { Warehouse } from "./warehouse.ts";

type Component = Omit<z.input<typeof NewComponent>, "itemId"> & { item: Pick<Item, "id"> };
type Worker = Exclude<Role, "Viewer">;
type Of = Pick<ProductionOrder, "id">;

/** Makes bills and orders over the API: planned and released by the Supervisor, worked on by the Operator, unless another is named. */
export async function createManufacturing(server: TestServer, warehouse: Warehouse) {
  const clients: Record<Worker, TestClient> = {
    Admin: await server.as("Admin"),
    Supervisor: await server.as("Supervisor"),
    Operator: await server.as("Operator"),
  };
  const siteId = server.tenants.acme.sites.main.id;
  const A1 = warehouse.locationId("A-01");
  const at = ({ id }: Of, rest = "") => `/manufacturing/production-orders/${id}${rest}`;

  const draft = (product: Pick<Item, "id">, components: readonly Component[], more: object = {}): Promise<Answer> =>
    clients.Supervisor.post("/manufacturing/boms", {
      itemId: product.id,
      version: "1",
      components: components.map(({ item, ...component }) => ({ itemId: item.id, ...component })),
      ...more,
    });
  const activate = ({ id }: { id: string }): Promise<Answer> => clients.Supervisor.post(`/manufacturing/boms/${id}/activate`);
  const bom = async (...how: Parameters<typeof draft>): Promise<Bom> => (await activate((await draft(...how)).read(Bom))).read(Bom);
  const plan = (product: Pick<Item, "id">, quantity: number, more: object = {}): Promise<Answer> =>
    clients.Supervisor.post("/manufacturing/production-orders", { itemId: product.id, siteId, quantity, ...more });
  const step = (order: Of, name: string, role: Worker = "Supervisor"): Promise<Answer> => clients[role].post(at(order, `/${name}`));

  const released = async (...how: Parameters<typeof plan>): Promise<ProductionOrder> =>
    (await step((await plan(...how)).read(ProductionOrder), "release")).read(ProductionOrder);

  return {
    clients,
    draft,
    activate,
    bom,
    plan,
    step,
    planned: async (...how: Parameters<typeof plan>) => (await plan(...how)).read(ProductionOrder),
    released,
    bikes: bikesOf(warehouse, bom, released),
    /** What documents are promised of an item. */
    allocated: async (item: Pick<Item, "id">) => (await balancesOf(server, item)).reduce((sum, balance) => sum + balance.allocated, 0),
    read: async (order: Of) => (await clients.Admin.get(at(order))).read(ProductionOrder),
    order: async (answer: Promise<Answer>) => (await answer).read(ProductionOrder),
    posting: async (answer: Promise<Answer>) => (await answer).read(ProductionPosting),
    /** From A-01 unless a line says otherwise. */
    consume: (
      order: Of,
      lines: readonly Partial<z.input<typeof ConsumeLine>>[],
      headers?: Record<string, string>,
      role: Worker = "Operator",
    ) => clients[role].post(at(order, "/consume"), { components: lines.map((line) => ({ locationId: A1, ...line })) }, headers),
    /** Into A-02. */
    output: (order: Of, quantity: number, more: object = {}, headers?: Record<string, string>, role: Worker = "Operator") =>
      clients[role].post(at(order, "/output"), { quantity, locationId: warehouse.locationId("A-02"), ...more }, headers),
    undo: (posting: { id: string }) =>
      clients.Operator.post(`/manufacturing/postings/${posting.id}/reverse`, { reasonCode: "ENTRY-ERROR" }),
    componentOf: (order: ProductionOrder, item: Pick<Item, "id">) => {
      const found = order.components.find(({ itemId }) => itemId === item.id);
      if (!found) throw new Error("No such component");
      return found;
    },
  };
}

/** Five bikes are ordered: of frames at 100 and wheels at 10, enough for ten of them. */
const bikesOf =
  (
    warehouse: Warehouse,
    bom: (product: Pick<Item, "id">, components: readonly Component[]) => Promise<Bom>,
    released: (product: Pick<Item, "id">, quantity: number) => Promise<ProductionOrder>,
  ) =>
  async ({ wheels = "MANUAL", ordered = 5 }: { wheels?: "MANUAL" | "BACKFLUSH"; ordered?: number } = {}) => {
    const frame = await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 100 });
    const wheel = await warehouse.stock({ at: "A-01", onHand: 20, unitCost: 10 });
    const bike = await warehouse.item();
    await bom(bike, [
      { item: frame, quantity: 1 },
      { item: wheel, quantity: 2, issueMethod: wheels },
    ]);
    return { frame, wheel, bike, order: await released(bike, ordered) };
  };

export type Manufacturing = Awaited<ReturnType<typeof createManufacturing>>;
