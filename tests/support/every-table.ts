import { createHash, randomInt } from "node:crypto";
import { fillTransfers } from "./every-transfer.ts";
import type { TestTenant } from "./fixtures.ts";

export const sha256 = (text: string) => createHash("sha256").update(text).digest();

interface Owner {
  sql: <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>;
}

/** One thing of each kind that a tenant owns, by id. */
export interface EveryThing {
  site: string;
  /** Where everyone of the company may work, too. */
  nextSite: string;
  location: string;
  /** Beside it, in the same site. */
  nextLocation: string;
  user: string;
  session: string;
  /** Of a link that sets the user's password. */
  linkToken: string;
  /** A mail to the user that was given up. */
  failedMail: string;
  item: string;
  barcode: string;
  lot: string;
  unit: string;
  reasonCode: string;
  /** That no supplier offers. */
  nextItem: string;
  supplier: string;
  supplierItem: string;
  purchaseOrder: string;
  purchaseOrderLine: string;
  receipt: string;
  cycleCount: string;
  countLine: string;
  /** That the count is due. */
  alert: string;
  /** What is made of the item, by a bill and an order of which nothing is made yet. */
  product: string;
  bom: string;
  productionOrder: string;
  productionPosting: string;
  /** On its way from the next site, a part of it received. */
  transfer: string;
  transferLine: string;
  transferReceipt: string;
  /** For picking, in the same site, and what it is to hold of the item. */
  pickingLocation: string;
  locationItem: string;
  /** Where rejects go, in the same site. */
  qualityLocation: string;
  event: string;
}

export type Insert = (table: string, columns: Record<string, unknown>) => Promise<string>;

/** Adds a row of the tenant's and answers its id. */
const inserting =
  ({ sql }: Owner, tenantId: string): Insert =>
  async (table, columns) => {
    const names = Object.keys(columns);
    const [row] = await sql<{ id?: string }>(
      `INSERT INTO ${table} (tenant_id, ${names.join(", ")}) VALUES ($1, ${names.map((_, index) => `$${index + 2}`).join(", ")}) RETURNING *`,
      [tenantId, ...Object.values(columns)],
    );
    return row?.id ?? "";
  };

/** Puts a row of the tenant into every table, as the database's owner: stock of a lot at A-01, half of it promised to a document. */
export async function fillEveryTable(owner: Owner, tenant: TestTenant): Promise<EveryThing> {
  const { id: tenantId, sites, users } = tenant;
  const insert = inserting(owner, tenantId);
  const location = sites.main.locations["A-01"];
  const pickingLocation = sites.main.locations["B-01"];
  const [user, linkToken] = [users.Operator.id, `link of ${tenantId}`];
  const item = await insert("item", { sku: "OF-EVERY-TABLE", name: "Item of every table", tracking: "LOT" });
  await insert("item_unit", { item_id: item, uom: "CTN", factor: 12 });
  const barcode = await insert("item_barcode", { item_id: item, code: "4006381333931" });
  const lot = await insert("lot", { item_id: item, code: "L-1", expires_on: "2031-05-01" });
  const session = await insert("session", { user_id: user, token_hash: Buffer.alloc(32, tenantId), expires_at: "2035-01-01" });
  await insert("password_link", { user_id: user, purpose: "RESET", token_hash: sha256(linkToken), expires_at: "2035-01-01" });
  await insert("audit_event", { user_id: user, action: "item.created", entity_type: "item", entity_id: item });
  await insert("idempotency_key", { user_id: user, key: "of-every-table", request_hash: Buffer.alloc(32) });
  const ordered = await fillPurchasing(insert, tenant, { item, lot });
  const counted = await fillCounting(insert, tenant, { item, lot });
  const made = await fillManufacturing(insert, tenant, { item });
  const sent = await fillTransfers(insert, tenant, { item, lot });
  const event = await fillLedger(insert, tenant, { item, lot, receipt: ordered.receipt });
  const ofTenant = async (text: string) => (await owner.sql<{ id: string }>(text, [tenantId]))[0]?.id ?? "";
  return {
    ...ordered,
    ...counted,
    ...made,
    ...sent,
    pickingLocation,
    locationItem: await insert("location_item", {
      site_id: sites.main.id,
      location_id: pickingLocation,
      item_id: item,
      minimum: 2,
      maximum: 6,
    }),
    site: sites.main.id,
    location,
    nextLocation: sites.main.locations["A-02"],
    qualityLocation: sites.main.locations["Q-01"],
    user,
    session,
    linkToken,
    failedMail: await giveUpMail(owner.sql, tenantId, user),
    item,
    nextItem: await insert("item", { sku: "NEXT-TO-IT", name: "Another item" }),
    barcode,
    lot,
    unit: await ofTenant("SELECT id FROM unit WHERE tenant_id = $1 AND code = 'CTN'"),
    reasonCode: await ofTenant("SELECT id FROM reason_code WHERE tenant_id = $1 AND use = 'SCRAP' LIMIT 1"),
    event,
  };
}

/** An order of ten, three of which have come. */
async function fillPurchasing(insert: Insert, { sites, users }: TestTenant, { item, lot }: { item: string; lot: string }) {
  const supplier = await insert("supplier", { code: "SUP-1", name: "Supplier" });
  const supplierItem = await insert("supplier_item", { supplier_id: supplier, item_id: item, uom: "EA", unit_price: 2 });
  await insert("document_counter", { kind: "ZZ", last: 1 });
  const order = await insert("purchase_order", {
    number: "PO-EVERY",
    status: "PARTIALLY_RECEIVED",
    supplier_id: supplier,
    site_id: sites.main.id,
    created_by: users.Operator.id,
    submitted_by: users.Operator.id,
    submitted_at: "2026-01-01",
    approved_by: users.Supervisor.id,
    approved_at: "2026-01-01",
  });
  const amounts = { quantity: 10, unit_price: 2.5, received_quantity: 3, rejected_quantity: 0 };
  const line = await insert("purchase_order_line", { purchase_order_id: order, line_number: 1, item_id: item, uom: "EA", ...amounts });
  const receipt = await insert("receipt", { number: "RC-EVERY", purchase_order_id: order, user_id: users.Operator.id });
  const arrived = { quantity: 3, rejected_quantity: 0, location_id: sites.main.locations["A-01"], lot_id: lot };
  await insert("receipt_line", { receipt_id: receipt, line_number: 1, purchase_order_line_id: line, ...arrived });
  return { supplier, supplierItem, purchaseOrder: order, purchaseOrderLine: line, receipt };
}

/** A count under way of one line, which the Supervisor counted as the books say. */
async function fillCounting(insert: Insert, { sites, users }: TestTenant, { item, lot }: { item: string; lot: string }) {
  const cycleCount = await insert("cycle_count", {
    number: "CC-EVERY",
    name: "Count",
    site_id: sites.main.id,
    type: "FULL",
    status: "REVIEW",
    started_at: "2026-01-01",
    created_by: users.Supervisor.id,
  });
  const countLine = await insert("cycle_count_line", {
    cycle_count_id: cycleCount,
    item_id: item,
    location_id: sites.main.locations["A-01"],
    lot_id: lot,
    status: "COUNTED",
    expected_quantity: 10,
    book_quantity: 10,
    counted_quantity: 10,
    counted_by: users.Operator.id,
    counted_at: "2026-01-01",
  });
  const alert = await insert("alert", { type: "COUNT_DUE", site_id: sites.main.id, cycle_count_id: cycleCount, due_on: "2026-01-01" });
  return { cycleCount, countLine, alert };
}

/** An order under way that consumed nothing yet, with a posting that scrapped one. */
async function fillManufacturing(insert: Insert, { sites, users }: TestTenant, { item }: { item: string }) {
  const product = await insert("item", { sku: "MADE-OF-IT", name: "Product" });
  const bom = await insert("bom", {
    item_id: product,
    revision: "1",
    status: "ACTIVE",
    yield_quantity: 1,
    activated_at: "2026-01-01",
    created_by: users.Supervisor.id,
  });
  const component = { line_number: 1, item_id: item, issue_method: "MANUAL" };
  await insert("bom_component", { ...component, bom_id: bom, quantity: 2 });
  const productionOrder = await insert("production_order", {
    number: "MO-EVERY",
    status: "IN_PROGRESS",
    item_id: product,
    bom_id: bom,
    site_id: sites.main.id,
    quantity: 5,
    scrapped_quantity: 1,
    released_at: "2026-01-01",
    created_by: users.Supervisor.id,
  });
  await insert("production_component", { ...component, production_order_id: productionOrder, planned_quantity: 10 });
  const productionPosting = await insert("production_posting", {
    production_order_id: productionOrder,
    type: "OUTPUT",
    scrap_quantity: 1,
    user_id: users.Operator.id,
  });
  return { product, bom, productionOrder, productionPosting };
}

/** Ten on hand, three of them by the receipt; answers the event of the others. */
async function fillLedger(
  insert: Insert,
  { sites, users }: TestTenant,
  of: { item: string; lot: string; receipt: string },
): Promise<string> {
  const location = sites.main.locations["A-01"];
  const place = { item_id: of.item, location_id: location, status: "AVAILABLE" };
  const stock = { ...place, lot_id: of.lot };
  await insert("inventory_balance", { ...stock, on_hand: 10, allocated: 4 });
  await insert("inventory_allocation", { ...stock, quantity: 4, document_type: "TEST", document_id: of.item });
  await insert("item_valuation", { item_id: of.item, on_hand: 14, average_cost: 2.5 });
  const received = {
    type: "RECEIVE",
    item_id: of.item,
    lot_id: of.lot,
    entered_uom: "EA",
    unit_cost: 2.5,
    to_location_id: location,
    to_status: "AVAILABLE",
    user_id: users.Operator.id,
    occurred_at: "2026-01-01",
    recorded_at: "2026-01-01",
  };
  const event = await insert("inventory_event", { ...received, quantity: 7, entered_quantity: 7 });
  await insert("inventory_event", { ...received, quantity: 3, entered_quantity: 3, source_type: "RECEIPT", source_id: of.receipt });
  await insert("inventory_day_close", { ...place, lot_key: of.lot, day: "2026-01-01", on_hand: 10 });
  await insert("inventory_closed_through", { day: "2026-01-01" });
  return event;
}

/** What every table holds of a tenant, as one sum each: equal before and after what must not touch it. */
export async function rowsOfTenant(
  { sql }: Owner,
  tenantId: string,
  except: readonly string[] = [],
): Promise<Record<string, string | null>> {
  const tables = await sql<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1",
  );
  const sums = tables
    .filter(({ name }) => !except.includes(name))
    .map(async ({ name }): Promise<[string, string | null]> => {
      const [row] = await sql<{ sum: string | null }>(
        `SELECT md5(string_agg(t::text, '' ORDER BY t::text)) AS sum FROM ${name} t WHERE tenant_id = $1`,
        [tenantId],
      );
      return [name, row?.sum ?? null];
    });
  return Object.fromEntries(await Promise.all(sums));
}

/** Its number is long: tests look for ids in answers. */
async function giveUpMail(sql: Owner["sql"], tenantId: string, userId: string): Promise<string> {
  await sql("SELECT setval(pg_get_serial_sequence('graphile_worker._private_jobs', 'id'), $1)", [randomInt(10 ** 12, 10 ** 13)]);
  const [job] = await sql<{ id: string }>("SELECT (graphile_worker.add_job('send-password-notice', $1, max_attempts := 1)).id::text", [
    { tenantId, userId },
  ]);
  await sql("UPDATE graphile_worker._private_jobs SET attempts = 1 WHERE id = $1", [job?.id]);
  return job?.id ?? "";
}
