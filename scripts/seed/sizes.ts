import type { Size } from "./large-company.ts";

export const locationsMax = 10_000;

/** Every this-many-th item is made of those before it. */
export const madeEvery = 20;

/** Every this-many-th item has lots. */
export const lotEvery = 5;

/** How many places of stock, from the first, surely had their first receipt by the middle of the time: documents take from these alone. */
export const oldPlaces = ({ balances, events }: Size) => Math.min(balances, Math.floor(events / 4));

/** Half of the events at most are of documents, and none before every place has had its first: that leaves enough of what these take. */
export function documentCounts(size: Size) {
  const { items, balances, orders, events } = size;
  const spare = Math.max(0, Math.min(events / 2, events - balances));
  const places = Math.min(items, oldPlaces(size));
  return {
    /** Of the newest orders: what came of those before them was imported, in a company with little history. */
    received: Math.floor(spare / 12),
    /** A component's place holds enough for four orders. */
    made: Math.floor(Math.min(orders, (places / madeEvery) * 4, spare / 20)),
    transfers: Math.floor(Math.min((orders * 3) / 5, places / 5, spare / 20)),
    counts: Math.floor(Math.min(orders / 5, oldPlaces(size) / 10, spare / 250)),
  };
}

/** The instant at a part of the time, from 0 to 1 (now): SQL. */
export const at = (part: string, { days }: Size) => `now() - make_interval(secs => (86400 * ${days} * (1 - (${part})))::float8)`;

/** `PO-000123`: as many digits as it takes. */
export const numbered = (kind: string, n: string) => `'${kind}-' || lpad((${n})::text, greatest(6, length((${n})::text)), '0')`;

export const lastNumber = (kind: string, table: string) =>
  `INSERT INTO document_counter (tenant_id, kind, last)
   SELECT {tenant}, '${kind}', count(*) FROM ${table} WHERE tenant_id = {tenant} HAVING count(*) > 0`;
