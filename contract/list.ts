import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { SearchText } from "./search.ts";

// A limit that is too large is cut, one that makes no sense becomes the default: no list fails for its paging.
const wholeNumber = (given: unknown): number | undefined => {
  const wanted = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  return typeof wanted === "number" && Number.isInteger(wanted) && wanted > 0 ? wanted : undefined;
};
const asGiven = z.unknown().optional().meta({ type: "integer" });
/** How many at most. */
export const limitOf = ({ byDefault, max }: { byDefault: number; max: number }) =>
  asGiven.transform((given) => Math.min(wholeNumber(given) ?? byDefault, max));
const limit = limitOf({ byDefault: LIMITS.DEFAULT_PAGE_SIZE, max: LIMITS.MAX_PAGE_SIZE });
const offset = asGiven.transform((given) => Math.min(wholeNumber(given) ?? 0, LIMITS.MAX_OFFSET));

/** Where a page begins and how long it is, from numbers or texts; whatever else stands beside them is left out. */
export const Pagination = z.object({ limit, offset });

/** `?flag=true` or `?flag=false`. */
export const Flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** What every list takes: paging, sorting, and whether to count. */
export const listQuery = {
  ...Pagination.shape,
  cursor: z.string().max(1_000).optional(),
  sort: z.string().max(200).optional(),
  total: Flag.optional(),
};

/** `?search=`: of lists. */
export const Search = SearchText.optional();

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
