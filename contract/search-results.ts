import { z } from "zod";
import { limitOf } from "./list.ts";
import { GivenId } from "./primitives.ts";
import { SearchText } from "./search.ts";

export const foundKinds = ["ITEM", "BARCODE", "LOT", "LOCATION", "PURCHASE_ORDER", "SUPPLIER"] as const;

/** `limit` is of each kind. One or two characters find only what has a code that begins with them, none find nothing. */
export const SearchQuery = z.strictObject({ q: SearchText.default(""), limit: limitOf({ byDefault: 10, max: 50 }) });
export type SearchQuery = z.infer<typeof SearchQuery>;

export const Found = z
  .object({
    kind: z.enum(foundKinds),
    id: GivenId,
    code: z.string(),
    /** Of a barcode or lot its item's, of an order its supplier's. */
    name: z.string().nullable(),
    /** Of what stands in one site. */
    siteId: GivenId.nullable(),
    /** Of a barcode or lot. */
    itemId: GivenId.nullable(),
    /** 0: has this code; 1: has one that begins so; 2: contains it. */
    rank: z.int(),
  })
  .meta({ id: "Found" });
export type Found = z.infer<typeof Found>;

/** The best first; of equal ones in the order of the kinds, and then of their codes. */
export const SearchResults = z.object({ items: z.array(Found) }).meta({ id: "SearchResults" });
export type SearchResults = z.infer<typeof SearchResults>;
