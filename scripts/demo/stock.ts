import type { PostEvent } from "#contract/ledger.ts";
import { post } from "#features/ledger/post.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import type { DemoItem } from "./items.ts";
import type { DemoSite } from "./places.ts";

interface Holding {
  item: DemoItem;
  locationId: string;
  lotCode: string | undefined;
  quantity: number;
}

const dayMs = 86_400_000;
const lotsPerItem = 3;

/** Receipts into bins, then a few weeks' worth of moves, shipments, scrap and holds; the same ones every time. */
export async function postDemoStock(tx: Tx, context: Context, sites: readonly DemoSite[], items: readonly DemoItem[]): Promise<number> {
  const random = createRandom(20_260_104);
  const receipts: PostEvent[] = [];
  const later: PostEvent[] = [];
  for (const [index, site] of sites.entries()) {
    // The second site holds a part of the range only.
    const range = index === 0 ? items : items.filter((_, at) => at % 3 === 0);
    const holdings = range.flatMap((item) => receive(item, site, random, receipts));
    for (const holding of holdings) workWith(holding, site, random, later);
  }
  await post(tx, context, receipts);
  await post(tx, context, later);
  return receipts.length + later.length;
}

function receive(item: DemoItem, site: DemoSite, random: Random, events: PostEvent[]): Holding[] {
  // Some are short on purpose: a dashboard without one item to reorder shows nothing.
  const wanted = Math.max(1, Math.round(item.reorderPoint * (0.4 + random() * 2.4)));
  const lots = item.tracking === "SERIAL" ? Math.min(wanted, 6) : item.tracking === "LOT" ? lotsPerItem : 1 + Math.floor(random() * 2);
  return Array.from({ length: lots }, (_, index) => {
    const locationId = pick(site.bins, random);
    const quantity = item.tracking === "SERIAL" ? 1 : Math.max(1, Math.round(wanted / lots));
    const lotCode =
      item.tracking === "NONE"
        ? undefined
        : `${item.sku.slice(4)}-${item.tracking === "SERIAL" ? "SN" : "L"}${Math.floor(random() * 9_000) + 1_000}${index}`;
    const expiresOn = item.tracking === "LOT" && item.shelfLifeDays ? expiryOf(item.shelfLifeDays, index) : undefined;
    events.push({
      type: "RECEIVE",
      sku: item.sku,
      quantity,
      toLocationId: locationId,
      unitCost: Math.round(item.cost * (0.95 + random() * 0.1) * 10_000) / 10_000,
      ...(lotCode ? { lotCode } : {}),
      ...(expiresOn ? { expiresOn } : {}),
    });
    return { item, locationId, lotCode, quantity };
  });
}

/** Of three lots one has little time left, and of a few that spoil fast one is over. */
function expiryOf(shelfLifeDays: number, index: number): string {
  const daysLeft = index === 0 ? (shelfLifeDays <= 120 ? -3 : 20) : Math.round((shelfLifeDays * (index + 1)) / lotsPerItem);
  return new Date(Date.now() + daysLeft * dayMs).toISOString().slice(0, 10);
}

function workWith(holding: Holding, site: DemoSite, random: Random, events: PostEvent[]): void {
  const { item, locationId: fromLocationId, lotCode } = holding;
  const common = { sku: item.sku, ...(lotCode ? { lotCode } : {}) };
  const part = (share: number) => (item.tracking === "SERIAL" ? 1 : Math.floor(holding.quantity * share));
  const chance = random();
  if (chance < 0.5) {
    const toLocationId = pick(site.picks, random);
    const quantity = part(0.3);
    if (quantity > 0) events.push({ type: "MOVE", ...common, quantity, fromLocationId, toLocationId });
    const shipped = Math.floor(quantity / 2);
    const expired = item.shelfLifeDays !== undefined && item.shelfLifeDays !== null && item.shelfLifeDays <= 120;
    if (shipped > 0 && item.tracking !== "SERIAL" && !expired)
      events.push({ type: "SHIP", ...common, quantity: shipped, fromLocationId: toLocationId });
  } else if (chance < 0.58 && part(0.05) > 0) {
    events.push({ type: "SCRAP", ...common, quantity: part(0.05), fromLocationId, reasonCode: "DAMAGED" });
  } else if (chance < 0.66 && part(0.2) > 0) {
    events.push({ type: "HOLD", ...common, quantity: part(0.2), fromLocationId, reasonCode: "QUALITY", note: "Packaging wet on arrival" });
  } else if (chance < 0.7) {
    events.push({
      type: "ADJUST",
      ...common,
      quantity: 1,
      [item.tracking === "SERIAL" ? "fromLocationId" : "toLocationId"]: fromLocationId,
      reasonCode: "CORRECTION",
    });
  }
}

type Random = () => number;

/** A linear congruential generator: the demo company is the same everywhere. */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)] as T;
