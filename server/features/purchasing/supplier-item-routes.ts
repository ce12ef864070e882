import { z } from "zod";
import { IdParams } from "#contract/primitives.ts";
import { CreateSupplierItem, SupplierItem, SupplierItemList, SupplierItemQuery, UpdateSupplierItem } from "#contract/supplier-items.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { changeSupplierItem, createSupplierItem, getSupplierItem, listSupplierItems, removeSupplierItem } from "./supplier-items.ts";

export const supplierItemRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/purchasing/supplier-items",
    summary: "What suppliers offer; of a supplier or of an item",
    query: SupplierItemQuery,
    response: SupplierItemList,
    handler: ({ tx, query, services }) => listSupplierItems(tx, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/purchasing/supplier-items/{id}",
    summary: "One item of a supplier",
    params: IdParams,
    response: SupplierItem,
    transaction: "read-one",
    handler: ({ tx, params }) => getSupplierItem(tx, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/purchasing/supplier-items",
    summary: "Add an item to what a supplier offers",
    roles: supervisors,
    body: CreateSupplierItem,
    response: SupplierItem,
    status: 201,
    handler: ({ tx, context, body }) => createSupplierItem(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/purchasing/supplier-items/{id}",
    summary: "Change a supplier's price and terms",
    roles: supervisors,
    params: IdParams,
    body: UpdateSupplierItem,
    response: SupplierItem,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeSupplierItem(tx, context, params.id, basis, changes);
    },
  }),
  MiddlewarePresets.write({
    method: "DELETE",
    path: "/purchasing/supplier-items/{id}",
    summary: "Take an item out of what a supplier offers",
    roles: supervisors,
    params: IdParams,
    response: z.null(),
    status: 204,
    handler: async ({ tx, context, params }) => {
      await removeSupplierItem(tx, context, params.id);
      return null;
    },
  }),
];
