import { CreateSupplier, Supplier, SupplierList, SupplierQuery, UpdateSupplier } from "#contract/purchasing.ts";
import { IdParams } from "#contract/primitives.ts";
import { type AnyRoute, createSecureRoute, everyRole, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { changeSupplier, createSupplier, getSupplier, listSuppliers } from "./suppliers.ts";

export const purchasingRoutes: readonly AnyRoute[] = [
  createSecureRoute({
    method: "GET",
    path: "/purchasing/suppliers",
    summary: "Suppliers",
    roles: everyRole,
    rateLimit: "API",
    query: SupplierQuery,
    response: SupplierList,
    handler: ({ tx, query, services }) => listSuppliers(tx, query, services.settings.cursorSecrets),
  }),
  createSecureRoute({
    method: "GET",
    path: "/purchasing/suppliers/{id}",
    summary: "One supplier",
    roles: everyRole,
    rateLimit: "API",
    params: IdParams,
    response: Supplier,
    handler: ({ tx, params }) => getSupplier(tx, params.id),
  }),
  createSecureRoute({
    method: "POST",
    path: "/purchasing/suppliers",
    summary: "Add a supplier",
    roles: supervisors,
    rateLimit: "WRITE",
    body: CreateSupplier,
    response: Supplier,
    status: 201,
    handler: ({ tx, context, body }) => createSupplier(tx, context, body),
  }),
  createSecureRoute({
    method: "PATCH",
    path: "/purchasing/suppliers/{id}",
    summary: "Change a supplier, or take it out of use",
    roles: supervisors,
    rateLimit: "WRITE",
    params: IdParams,
    body: UpdateSupplier,
    response: Supplier,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeSupplier(tx, context, params.id, basis, changes);
    },
  }),
];
