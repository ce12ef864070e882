import { CreateSupplier, Supplier, SupplierList, SupplierQuery, UpdateSupplier } from "#contract/purchasing.ts";
import { IdParams } from "#contract/primitives.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { changeSupplier, createSupplier, getSupplier, listSuppliers } from "./suppliers.ts";

export const supplierRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/purchasing/suppliers",
    summary: "Suppliers",
    query: SupplierQuery,
    response: SupplierList,
    handler: ({ tx, query, services }) => listSuppliers(tx, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/purchasing/suppliers/{id}",
    summary: "One supplier",
    params: IdParams,
    response: Supplier,
    transaction: "read-one",
    handler: ({ tx, params }) => getSupplier(tx, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/purchasing/suppliers",
    summary: "Add a supplier",
    roles: supervisors,
    body: CreateSupplier,
    response: Supplier,
    status: 201,
    handler: ({ tx, context, body }) => createSupplier(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/purchasing/suppliers/{id}",
    summary: "Change a supplier, or take it out of use",
    roles: supervisors,
    params: IdParams,
    body: UpdateSupplier,
    response: Supplier,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeSupplier(tx, context, params.id, basis, changes);
    },
  }),
];
