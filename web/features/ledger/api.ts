import { keepPreviousData, type QueryClient, queryOptions } from "@tanstack/react-query";
import type { Balance, InventoryEvent, PostEvent, Posted, ReverseEvent } from "#contract/ledger.ts";
import type { ListOf } from "#contract/list.ts";
import { get, post, type Query } from "#web/api/client.ts";

export interface BalanceFilters {
  itemId?: string | undefined;
  siteId?: string | undefined;
  locationId?: string | undefined;
  status?: string | undefined;
  expiresFrom?: string | undefined;
  expiresTo?: string | undefined;
  search?: string | undefined;
  asOf?: string | undefined;
  sort?: string | undefined;
  limit?: number;
  offset?: number;
  total?: boolean;
}

export const balancesQuery = (filters: BalanceFilters) =>
  queryOptions({
    queryKey: ["balances", filters],
    queryFn: ({ signal }) => get<ListOf<Balance>>("/inventory/balances", filters as Query, signal),
    placeholderData: keepPreviousData,
  });

export interface EventFilters {
  type?: string | undefined;
  itemId?: string | undefined;
  siteId?: string | undefined;
  locationId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  cursor?: string | undefined;
  limit?: number;
}

export const listEvents = (filters: EventFilters, signal?: AbortSignal) =>
  get<ListOf<InventoryEvent>>("/inventory/events", filters as Query, signal);

export const eventsQuery = (filters: EventFilters) =>
  queryOptions({ queryKey: ["events", filters], queryFn: ({ signal }) => listEvents(filters, signal), placeholderData: keepPreviousData });

export const postEvent = (request: PostEvent, idempotencyKey: string) => post<Posted>("/inventory/events", request, { idempotencyKey });

export const reverseEvent = (id: string, request: ReverseEvent, idempotencyKey: string) =>
  post<Posted>(`/inventory/events/${encodeURIComponent(id)}/reverse`, request, { idempotencyKey });

/** After a movement nothing that was shown of stock is certain any more. */
export const forgetStock = (queryClient: QueryClient) =>
  Promise.all(
    ["items", "item", "balances", "events", "timeline", "lots", "dashboard"].map((name) =>
      queryClient.invalidateQueries({ queryKey: [name] }),
    ),
  );
