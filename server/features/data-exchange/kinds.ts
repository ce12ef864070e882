import type { ImportKind } from "#contract/data-exchange.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { boms, checkBoms, writeBoms } from "./boms.ts";
import { checkItems, itemPlan, items, writeBarcodes } from "./items.ts";
import type { Kind, Present } from "./kind.ts";
import { checkLocations } from "./location-checks.ts";
import { locationPlan, locations, prepareLocations } from "./locations.ts";
import { checkBalances, openingBalances, writeBalances } from "./opening-balances.ts";
import { checkOrders, purchaseOrders, writeOrders } from "./purchase-orders.ts";
import { straightPlan, writeRecords, type Written } from "./records.ts";
import { checkSupplierItems, supplierItemPlan, supplierItems } from "./supplier-items.ts";
import { suppliers } from "./suppliers.ts";
import { checkUnits, units } from "./units.ts";

/** What is particular to a kind: its columns, the checks that need the database, and the writing of the good rows. */
export interface Steps {
  readonly kind: Kind;
  check(tx: Tx, context: Context, present: Present): Promise<void>;
  write(tx: Tx, context: Context, present: Present, runId: string): Promise<Written>;
}

export const stepsByKind: Readonly<Record<ImportKind, Steps>> = {
  units: {
    kind: units,
    check: (tx, _, present) => checkUnits(tx, present),
    write: (tx, context, present) => writeRecords(tx, context, straightPlan(units, present)),
  },
  items: {
    kind: items,
    check: (tx, _, present) => checkItems(tx, present),
    write: async (tx, context, present) => {
      const written = await writeRecords(tx, context, itemPlan(present));
      await writeBarcodes(tx, present);
      return written;
    },
  },
  locations: {
    kind: locations,
    check: checkLocations,
    write: async (tx, context, present) => {
      await prepareLocations(tx, present);
      return await writeRecords(tx, context, locationPlan(present));
    },
  },
  suppliers: {
    kind: suppliers,
    check: async () => undefined,
    write: (tx, context, present) => writeRecords(tx, context, straightPlan(suppliers, present)),
  },
  "supplier-items": {
    kind: supplierItems,
    check: (tx, _, present) => checkSupplierItems(tx, present),
    write: async (tx, context, present) => await writeRecords(tx, context, supplierItemPlan(present)),
  },
  boms: { kind: boms, check: (tx, _, present) => checkBoms(tx, present), write: (tx, context) => writeBoms(tx, context) },
  "purchase-orders": { kind: purchaseOrders, check: checkOrders, write: (tx, context) => writeOrders(tx, context) },
  "opening-balances": {
    kind: openingBalances,
    check: checkBalances,
    write: async (tx, context, _, runId) => ({ created: await writeBalances(tx, context, runId), changed: 0 }),
  },
};
