import type { CreateItem, Item, Tracking } from "#contract/catalog.ts";
import { messages } from "#web/messages.ts";

const text = messages.itemForm;
type Amount = number | string;

/** An item as the form's fields hold it: an empty text stands for nothing. */
export interface ItemValues {
  sku: string;
  name: string;
  description: string;
  category: string;
  baseUom: string;
  tracking: Tracking;
  shelfLifeDays: Amount;
  reorderPoint: Amount;
  safetyStock: Amount;
  reorderQuantity: Amount;
  maximumStock: Amount;
  abcClass: string;
  standardCost: Amount;
  units: { uom: string; factor: Amount }[];
  active: boolean;
}

export const fieldNames: Record<keyof ItemValues, string> = {
  sku: messages.items.sku,
  name: messages.items.name,
  description: text.description,
  category: messages.items.category,
  baseUom: text.baseUom,
  tracking: messages.items.tracking,
  shelfLifeDays: text.shelfLifeDays,
  reorderPoint: messages.items.reorderPoint,
  safetyStock: text.safetyStock,
  reorderQuantity: text.reorderQuantity,
  maximumStock: text.maximumStock,
  abcClass: text.abcClass,
  standardCost: text.standardCost,
  units: text.units,
  active: messages.items.state,
};

export const newItem: ItemValues = {
  sku: "",
  name: "",
  description: "",
  category: "",
  baseUom: "EA",
  tracking: "NONE",
  shelfLifeDays: "",
  reorderPoint: "",
  safetyStock: "",
  reorderQuantity: "",
  maximumStock: "",
  abcClass: "",
  standardCost: "",
  units: [],
  active: true,
};

const amounts = ["shelfLifeDays", "reorderPoint", "safetyStock", "reorderQuantity", "maximumStock", "standardCost"] as const;

export const valuesOf = (item: Item): ItemValues => ({
  ...newItem,
  sku: item.sku,
  name: item.name,
  description: item.description ?? "",
  category: item.category ?? "",
  baseUom: item.baseUom,
  tracking: item.tracking,
  abcClass: item.abcClass ?? "",
  units: item.units.map(({ uom, factor }) => ({ uom, factor })),
  active: item.active,
  ...Object.fromEntries(amounts.map((name) => [name, item[name] ?? ""])),
});

/** Of the values those that are not as they were. */
export const changedFrom = (original: ItemValues, values: ItemValues): Partial<ItemValues> =>
  Object.fromEntries(
    Object.entries(values).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(original[name as keyof ItemValues])),
  );

/** The body for creating it, as typed: `null` for what was left empty. Whether it holds is for the schema to say. */
export function requestOf(values: ItemValues): CreateItem {
  return {
    sku: values.sku,
    name: values.name,
    baseUom: values.baseUom,
    tracking: values.tracking,
    ...(Object.fromEntries(amounts.map((name) => [name, numberOrNull(values[name])])) as Record<(typeof amounts)[number], number | null>),
    description: values.description.trim() || null,
    category: values.category.trim() || null,
    abcClass: (values.abcClass || null) as CreateItem["abcClass"],
    units: values.units.map(({ uom, factor }) => ({ uom, factor: numberOrNull(factor) ?? 0 })),
  };
}

const numberOrNull = (amount: Amount): number | null => (amount === "" ? null : Number(amount));

/** Where a refusal of the server belongs: a field of the form, or `""`. */
export const fieldOfItem = (path: string): string => ((path.split(".")[0] ?? "") in newItem ? path : "");
