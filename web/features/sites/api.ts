import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { ListOf } from "#contract/list.ts";
import type { Location } from "#contract/sites.ts";
import { get } from "#web/api/client.ts";

export const locationsQuery = (siteId: string, search: string) =>
  queryOptions({
    queryKey: ["locations", siteId, search],
    queryFn: ({ signal }) => get<ListOf<Location>>(`/sites/${siteId}/locations`, { search, active: true, limit: 20 }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const locationQuery = (id: string) =>
  queryOptions({
    queryKey: ["location", id],
    queryFn: ({ signal }) => get<Location>(`/locations/${encodeURIComponent(id)}`, {}, signal),
    staleTime: 5 * 60_000,
  });
