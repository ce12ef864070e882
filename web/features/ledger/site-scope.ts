import { useQueries } from "@tanstack/react-query";
import type { Balance, InventoryEvent } from "#contract/ledger.ts";
import { locationQuery } from "#web/features/sites/api.ts";

/**
 * Whether a place counts for the totals that are shown: every place when no site is chosen, else those of the site.
 * An event listed for a site stands in it with its only place; just a move between two places may cross the border,
 * and the places that `balances` (of that site) do not name are looked up. Null until all are known.
 */
export function useSiteScope(
  events: readonly InventoryEvent[],
  balances: readonly Balance[],
  siteId: string | undefined,
): ((locationId: string) => boolean) | null {
  const known = new Set(balances.map(({ locationId }) => locationId));
  const crossing = siteId ? events.filter(isMoveBetween).flatMap(({ fromLocationId, toLocationId }) => [fromLocationId, toLocationId]) : [];
  const unknown = [...new Set(crossing)].filter((id): id is string => id !== null && !known.has(id));
  const answers = useQueries({ queries: unknown.map((id) => locationQuery(id)) });
  if (answers.some(({ isPending }) => isPending)) return null;
  const outside = new Set(unknown.filter((_, index) => answers[index]?.data?.siteId !== siteId));
  return (locationId) => !outside.has(locationId);
}

const isMoveBetween = ({ fromLocationId, toLocationId }: InventoryEvent) =>
  fromLocationId !== null && toLocationId !== null && fromLocationId !== toLocationId;
