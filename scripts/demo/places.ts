import type { LocationType } from "#contract/sites.ts";
import { createLocation } from "#features/sites/locations.ts";
import { createSite } from "#features/sites/sites.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";

/** A site with the ids of its places by what they are for. */
export interface DemoSite {
  id: string;
  receiving: string;
  quality: string;
  shipping: string;
  bins: string[];
  picks: string[];
}

interface Plan {
  code: string;
  name: string;
  address: string;
  aisles: readonly string[];
  racks: number;
  levels: number;
}

const plans: readonly Plan[] = [
  { code: "VIE", name: "Vienna central warehouse", address: "Lagerstraße 12, 1230 Wien", aisles: ["A", "B", "C"], racks: 3, levels: 3 },
  { code: "LNZ", name: "Linz depot", address: "Hafenstraße 4, 4020 Linz", aisles: ["A"], racks: 2, levels: 2 },
];

export async function createDemoSites(tx: Tx, context: Context): Promise<DemoSite[]> {
  const sites: DemoSite[] = [];
  for (const plan of plans) sites.push(await createDemoSite(tx, context, plan));
  return sites;
}

/** Zone → aisle → rack → bin, and the places that goods pass through. */
async function createDemoSite(tx: Tx, context: Context, { code, name, address, aisles, racks, levels }: Plan): Promise<DemoSite> {
  const site = await createSite(tx, context, { code, name, address, timeZone: "Europe/Vienna" });
  let sequence = 0;
  const add = async (place: string, placeName: string, type: LocationType, parentId: string | null = null) => {
    sequence += 10;
    const barcode = `${code}-${place}`;
    return (await createLocation(tx, context, site.id, { code: place, name: placeName, type, parentId, barcode, pickSequence: sequence }))
      .id;
  };
  const made: DemoSite = {
    id: site.id,
    receiving: await add("RECEIVING", "Goods in", "RECEIVING"),
    quality: await add("QUALITY", "Quality check", "QUALITY"),
    shipping: await add("SHIPPING", "Goods out", "SHIPPING"),
    bins: [],
    picks: [],
  };
  const storage = await add("STORAGE", "Shelving", "STORAGE");
  for (const aisle of aisles) {
    const aisleId = await add(aisle, `Aisle ${aisle}`, "STORAGE", storage);
    for (let rack = 1; rack <= racks; rack++) {
      const rackCode = `${aisle}-${String(rack).padStart(2, "0")}`;
      const rackId = await add(rackCode, `Rack ${rackCode}`, "STORAGE", aisleId);
      for (let level = 1; level <= levels; level++) {
        const [type, list] = level === 1 ? (["PICKING", made.picks] as const) : (["STORAGE", made.bins] as const);
        list.push(await add(`${rackCode}-${level}`, `Bin ${rackCode}, level ${level}`, type, rackId));
      }
    }
  }
  return made;
}
