import { z } from "zod";
import { Flag } from "./list.ts";

export const importKinds = [
  "units",
  "items",
  "locations",
  "suppliers",
  "supplier-items",
  "boms",
  "purchase-orders",
  "opening-balances",
] as const;
export const ImportKind = z.enum(importKinds);
export type ImportKind = z.infer<typeof ImportKind>;

export const ImportParams = z.strictObject({ kind: ImportKind });
export const ImportQuery = z.strictObject({
  dryRun: Flag.optional(),
  skipBadRows: Flag.optional(),
  siteCode: z.string().max(64).optional(),
});

/** One refused row: where it stands in the file, which column, and why. */
export const BadRow = z.object({ line: z.int(), column: z.string(), reason: z.string() }).meta({ id: "BadRow" });
export type BadRow = z.infer<typeof BadRow>;

export const ImportResult = z
  .object({
    kind: ImportKind,
    dryRun: z.boolean(),
    rowsRead: z.int(),
    rowsCreated: z.int(),
    rowsChanged: z.int(),
    rowsUnchanged: z.int(),
    rowsBad: z.int(),
    /** The first 1,000 of them. */
    badRows: z.array(BadRow),
  })
  .meta({ id: "ImportResult" });
export type ImportResult = z.infer<typeof ImportResult>;
