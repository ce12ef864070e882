import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { type CreateItem, Item } from "#contract/catalog.ts";
import type { Role } from "#contract/identity.ts";
import { BalanceList, Posted } from "#contract/ledger.ts";
import type { TenantCode, TestSite } from "./fixtures.ts";
import type { TestServer } from "./test-app.ts";
import type { Answer } from "./test-client.ts";

type Place = keyof TestSite["locations"];

export interface StockOptions {
  /** A location's code in the company's main site. */
  at: Place;
  onHand: number;
  /** The part of it that is promised to a document. */
  allocated?: number;
  unitCost?: number;
  lotCode?: string;
  expiresOn?: string;
  /** An item that is there already; otherwise one is made for it. */
  item?: Item;
  /** Fields of the item that is made. */
  more?: Partial<CreateItem>;
}

/** Sets up items and stock over the API, in the words of a test: `warehouse.stock({ at: "A-01", onHand: 10 })`. */
export async function createWarehouse(server: TestServer, { role = "Admin", tenant = "acme" }: { role?: Role; tenant?: TenantCode } = {}) {
  const client = await server.as(role, tenant);
  const { sites, id: tenantId } = server.tenants[tenant];
  const locationId = (at: Place) => sites.main.locations[at];
  const must = async <T extends z.ZodType>(schema: T, answer: Promise<Answer>) => (await answer).read(schema);
  let made = 0;
  const label = randomUUID().slice(0, 8);

  const item = (more: Partial<CreateItem> = {}): Promise<Item> => {
    made += 1;
    return must(Item, client.post("/inventory/items", { sku: `T-${label}-${made}`, name: `Test item ${made}`, ...more }));
  };

  const receive = (of: Item, { at, onHand, unitCost, lotCode, expiresOn }: StockOptions) => {
    const lot = of.tracking === "NONE" ? undefined : (lotCode ?? `L-${label}-${made}`);
    const body = { type: "RECEIVE", itemId: of.id, quantity: onHand, toLocationId: locationId(at), unitCost, lotCode: lot, expiresOn };
    return must(Posted, client.post("/inventory/events", body));
  };

  /** As a released document would. */
  const allocate = async (of: Item, at: Place, quantity: number) => {
    await server.sql(
      `WITH promised AS (UPDATE inventory_balance SET allocated = allocated + $4 WHERE tenant_id = $1 AND item_id = $2 AND location_id = $3 AND status = 'AVAILABLE' RETURNING lot_id)
       INSERT INTO inventory_allocation (tenant_id, item_id, location_id, lot_id, quantity, document_type, document_id)
       SELECT $1, $2, $3, lot_id, $4, 'test', gen_random_uuid() FROM promised`,
      [tenantId, of.id, locationId(at), quantity],
    );
  };

  return {
    client,
    get: client.get,
    post: client.post,
    patch: client.patch,
    put: client.put,
    delete: client.delete,
    locationId,
    item,
    /** Brings stock in and answers its item. */
    stock: async (options: StockOptions): Promise<Item> => {
      const of = options.item ?? (await item(options.more));
      await receive(of, options);
      if (options.allocated) await allocate(of, options.at, options.allocated);
      return of;
    },
    onHand: async (of: Item, at?: Place): Promise<number> => {
      const where = at === undefined ? "" : `&locationId=${locationId(at)}`;
      const { items } = await must(BalanceList, client.get(`/inventory/balances?itemId=${of.id}${where}`));
      return items.reduce((sum, balance) => sum + balance.onHand, 0);
    },
  };
}
export type Warehouse = Awaited<ReturnType<typeof createWarehouse>>;
