import { z } from "zod";
import {
  Barcode,
  BarcodeList,
  BarcodeParams,
  BarcodeQuery,
  CreateBarcode,
  CreateItem,
  Item,
  ItemList,
  ItemQuery,
  UpdateItem,
} from "#contract/catalog.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { addBarcode, listBarcodes, removeBarcode } from "./barcodes.ts";
import { getItem, listItems } from "./item-queries.ts";
import { changeItem, createItem } from "./items.ts";

export const itemRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/items",
    summary: "Items with what is on hand; search by SKU, name or barcode",
    query: ItemQuery,
    response: ItemList,
    handler: ({ tx, context, query, services }) => listItems(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/items/{id}",
    summary: "One item with its units and barcodes",
    params: IdParams,
    response: Item,
    transaction: "read-one",
    handler: ({ tx, context, params }) => getItem(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/items",
    summary: "Add an item",
    roles: supervisors,
    body: CreateItem,
    response: Item,
    status: 201,
    handler: ({ tx, context, body }) => createItem(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/inventory/items/{id}",
    summary: "Change an item, or take it out of use",
    roles: supervisors,
    params: IdParams,
    body: UpdateItem,
    response: Item,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeItem(tx, context, params.id, basis, changes);
    },
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/items/{id}/barcodes",
    summary: "An item's barcodes",
    params: IdParams,
    query: BarcodeQuery,
    response: BarcodeList,
    handler: ({ tx, params, query, services }) => listBarcodes(tx, params.id, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/items/{id}/barcodes",
    summary: "Give an item one more barcode",
    roles: supervisors,
    params: IdParams,
    body: CreateBarcode,
    response: Barcode,
    status: 201,
    handler: ({ tx, context, params, body }) => addBarcode(tx, context, params.id, body),
  }),
  MiddlewarePresets.write({
    method: "DELETE",
    path: "/inventory/items/{id}/barcodes/{barcodeId}",
    summary: "Take a barcode away",
    roles: supervisors,
    params: BarcodeParams,
    response: z.null(),
    status: 204,
    handler: async ({ tx, context, params }) => {
      await removeBarcode(tx, context, params.id, params.barcodeId);
      return null;
    },
  }),
];
