import { z } from "zod";
import { LIMITS } from "./primitives.ts";

// A limit that is too large is cut, one that makes no sense becomes the default: no list fails for its paging.
const limit = z
  .string()
  .optional()
  .transform((text) => {
    const wanted = Number(text);
    return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, LIMITS.MAX_PAGE_SIZE) : LIMITS.DEFAULT_PAGE_SIZE;
  });
const offset = z
  .string()
  .optional()
  .transform((text) => {
    const wanted = Number(text ?? 0);
    return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, 2 ** 31 - 1) : 0;
  });

/** `?flag=true` or `?flag=false`. */
export const Flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** What every list takes: paging, sorting, and whether to count. */
export const listQuery = {
  limit,
  offset,
  cursor: z.string().max(1_000).optional(),
  sort: z.string().max(200).optional(),
  total: Flag.optional(),
};

export const Search = z.string().trim().max(LIMITS.MAX_SEARCH_LENGTH).optional();

export const Page = z
  .object({
    limit: z.int(),
    offset: z.int(),
    hasMore: z.boolean(),
    nextCursor: z.string().nullable(),
    total: z.int().optional(),
  })
  .meta({ id: "Page" });
export type Page = z.infer<typeof Page>;

/** The answer of a list. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), page: Page });
export type ListOf<T> = { items: T[]; page: Page };
