/** The address bar's parameters as a page knows them: text, or not there. */
export type SearchText<Name extends string> = { [P in Name]?: string | undefined };

/** Keeps the named parameters and drops the rest: an address from anywhere is a valid one. */
export const searchOf =
  <Name extends string>(...names: readonly Name[]) =>
  (given: Record<string, unknown>): SearchText<Name> => {
    const kept: SearchText<Name> = {};
    for (const name of names) {
      const value = given[name];
      if (typeof value === "string" && value !== "") kept[name] = value;
    }
    return kept;
  };

// Plain text both ways: the library's own would write `?search="123"` to tell text from numbers.
export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string" && value !== "") parameters.set(name, value);
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

/** Takes the named parameters out of the address. */
function none<Name extends string>(...names: readonly Name[]): SearchText<Name> {
  return Object.fromEntries(names.map((name) => [name, undefined])) as SearchText<Name>;
}

export const itemsSearch = searchOf("search", "category", "tracking", "active", "belowReorderPoint", "sort", "page");
export type ItemsSearch = ReturnType<typeof itemsSearch>;
export const noItemFilters = none("search", "category", "tracking", "active", "belowReorderPoint");
export const balancesSearch = searchOf("search", "itemId", "locationId", "status", "expiresFrom", "expiresTo", "asOf", "sort", "page");
export type BalancesSearch = ReturnType<typeof balancesSearch>;
export const noBalanceFilters = none("search", "itemId", "locationId", "status", "expiresFrom", "expiresTo", "asOf");
export const eventsSearch = searchOf("type", "itemId", "locationId", "from", "to", "cursor", "event");
export type EventsSearch = ReturnType<typeof eventsSearch>;
export const noEventFilters = none("type", "itemId", "locationId", "from", "to");
export const usersSearch = searchOf("search", "sort", "page");
export type UsersSearch = ReturnType<typeof usersSearch>;
