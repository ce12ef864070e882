import { z } from "zod";
import { Item } from "#contract/catalog.ts";
import { Posted } from "#contract/ledger.ts";
import type { TestClient } from "#tests/support/test-client.ts";
import { type FieldTexts, send, type TextOf } from "./field-texts.ts";

const Made = z.object({ id: z.string() });
const unitOf = "POST /inventory/units code";
const reasonOf = "POST /inventory/reason-codes code";
export const placeOf = "POST /sites/{id}/locations code";

export interface Places {
  siteId: string;
  /** In another site, with nothing hostile but what was changed of it. */
  changedPlaceId: string;
  plainPlaceId: string;
}

/** Sites and locations. */
export async function fillPlaces(fields: FieldTexts, client: TestClient, plainSiteId: string, plainPlaceId: string): Promise<Places> {
  const site = await send(fields, client, Made, "POST /sites", (text) => ({
    code: text("code"),
    name: text("name"),
    address: text("address"),
  }));
  const plainSite = await send(fields, client, Made, "POST /sites", () => ({ code: "PLAIN", name: "x" }));
  const changedSite = (text: TextOf) => ({ version: 1, name: text("name"), address: text("address") });
  await send(fields, client, Made, "PATCH /sites/{id}", changedSite, plainSite.id);
  const placeFields = (text: TextOf) => ({ code: text("code"), name: text("name"), barcode: text("barcode") });
  const route = "POST /sites/{id}/locations";
  await send(fields, client, Made, route, (text) => ({ type: "STORAGE", ...placeFields(text) }), site.id);
  const plain = await send(fields, client, Made, route, () => ({ type: "STORAGE", code: "PLAIN" }), plainSiteId);
  await send(fields, client, Made, "PATCH /locations/{id}", (text) => ({ version: 1, ...placeFields(text) }), plain.id);
  return { siteId: site.id, changedPlaceId: plain.id, plainPlaceId };
}

/** Units and reason codes. */
export async function fillCodes(fields: FieldTexts, client: TestClient): Promise<void> {
  await send(fields, client, Made, "POST /inventory/units", (text) => ({ code: text("code"), name: text("name") }));
  const plainUnit = await send(fields, client, Made, "POST /inventory/units", () => ({ code: "PLAIN", name: "x" }));
  await send(fields, client, Made, "PATCH /inventory/units/{id}", (text) => ({ version: 1, name: text("name") }), plainUnit.id);
  const route = "POST /inventory/reason-codes";
  for (const use of ["REVERSAL", "SCRAP"])
    await send(fields, client, Made, route, (text) => ({ code: text("code"), name: text("name"), use }));
  const plainReason = await send(fields, client, Made, route, () => ({ code: "PLAIN", name: "x", use: "REVERSAL" }));
  await send(fields, client, Made, "PATCH /inventory/reason-codes/{id}", (text) => ({ version: 1, name: text("name") }), plainReason.id);
}

/** Items with barcodes and lots. */
export async function fillItems(fields: FieldTexts, client: TestClient): Promise<{ itemId: string; plainItemId: string }> {
  const itemFields = (route: string) => (text: TextOf) => ({
    sku: text("sku"),
    name: text("name"),
    description: text("description"),
    category: text("category"),
    baseUom: fields.named(`${route} baseUom`, unitOf),
    units: [{ uom: text("units.0.uom"), factor: 12 }],
  });
  const [create, change] = ["POST /inventory/items", "PATCH /inventory/items/{id}"];
  for (const route of [create, change])
    await send(fields, client, Made, "POST /inventory/units", () => ({ code: fields.textOf(`${route} units.0.uom`), name: "x" }));
  const tracked = (text: TextOf) => ({ ...itemFields(create)(text), tracking: "LOT", reorderPoint: 1_000 });
  const item = await send(fields, client, Item, create, tracked);
  const plainItem = await send(fields, client, Made, create, () => ({ sku: "PLAIN", name: "x" }));
  await send(fields, client, Made, change, (text) => ({ version: 1, ...itemFields(change)(text) }), plainItem.id);

  const barcodes = "POST /inventory/items/{id}/barcodes";
  const barcode = (text: TextOf) => ({ code: text("code"), uom: fields.named(`${barcodes} uom`, unitOf) });
  await send(fields, client, Made, barcodes, barcode, item.id);
  const lotOf = (text: TextOf) => ({ itemId: item.id, code: text("code"), supplierLot: text("supplierLot") });
  await send(fields, client, Made, "POST /inventory/lots", lotOf);
  const plainLot = await send(fields, client, Made, "POST /inventory/lots", () => ({ itemId: item.id, code: "PLAIN" }));
  await send(fields, client, Made, "PATCH /inventory/lots/{id}", (text) => ({ version: 1, supplierLot: text("supplierLot") }), plainLot.id);
  return { itemId: item.id, plainItemId: plainItem.id };
}

/** Goods that come in and are thrown away, by codes and by batch; and a move that was reversed. */
export async function fillEvents(fields: FieldTexts, client: TestClient, places: Places, plainItemId: string): Promise<void> {
  const route = "POST /inventory/events";
  const movement = (prefix: string) => {
    const named = (name: string, by: string) => fields.named(`${prefix}${name}`, by);
    const goods = () => ({
      sku: named("sku", "POST /inventory/items sku"),
      uom: named("uom", unitOf),
      siteId: places.siteId,
      lotCode: fields.textOf(`${prefix}lotCode`),
      note: fields.textOf(`${prefix}note`),
    });
    const into = { toLocationCode: named("toLocationCode", placeOf), expiresOn: "2030-01-31" };
    const outOf = { fromLocationCode: named("fromLocationCode", placeOf), reasonCode: named("reasonCode", reasonOf) };
    return [
      { ...goods(), type: "RECEIVE", quantity: 10, ...into },
      { ...goods(), type: "SCRAP", quantity: 1, ...outOf },
    ];
  };
  for (const event of movement(`${route} `)) await send(fields, client, Posted, route, () => event);
  const batch = { events: movement(`${route}/batch events.0.`) };
  await send(fields, client, z.object({ events: z.array(Made) }), `${route}/batch`, () => batch);

  const { changedPlaceId, plainPlaceId } = places;
  const plain = { itemId: plainItemId, quantity: 1 };
  await send(fields, client, Posted, route, () => ({ ...plain, type: "RECEIVE", toLocationId: changedPlaceId }));
  const move = { ...plain, type: "MOVE", fromLocationId: changedPlaceId, toLocationId: plainPlaceId };
  const { event } = await send(fields, client, Posted, route, () => move);
  const reverse = `${route}/{id}/reverse`;
  const reversal = (text: TextOf) => ({ reasonCode: fields.named(`${reverse} reasonCode`, reasonOf), note: text("note") });
  await send(fields, client, Posted, reverse, reversal, event.id);
}
