import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { CreateItem, Item, ItemSummary, Lot, ReasonCode, ReasonUse, Unit, UpdateItem } from "#contract/catalog.ts";
import type { ListOf } from "#contract/list.ts";
import { get, patch, post, type Query } from "#web/api/client.ts";

export interface ItemFilters {
  search?: string | undefined;
  category?: string | undefined;
  tracking?: string | undefined;
  active?: string | undefined;
  belowReorderPoint?: string | undefined;
  siteId?: string | undefined;
  sort?: string | undefined;
  limit?: number;
  offset?: number;
  total?: boolean;
}

export const itemsQuery = (filters: ItemFilters) =>
  queryOptions({
    queryKey: ["items", filters],
    queryFn: ({ signal }) => get<ListOf<ItemSummary>>("/inventory/items", filters as Query, signal),
    placeholderData: keepPreviousData,
  });

export const itemQuery = (id: string) =>
  queryOptions({ queryKey: ["item", id], queryFn: ({ signal }) => get<Item>(`/inventory/items/${encodeURIComponent(id)}`, {}, signal) });

export const lotsQuery = (itemId: string, search: string) =>
  queryOptions({
    queryKey: ["lots", itemId, search],
    queryFn: ({ signal }) => get<ListOf<Lot>>("/inventory/lots", { itemId, search, limit: 20 }, signal),
    placeholderData: keepPreviousData,
  });

const rarelyChangesMs = 5 * 60_000;

export const unitsQuery = queryOptions({
  queryKey: ["units"],
  queryFn: ({ signal }) => get<ListOf<Unit>>("/inventory/units", { active: true, limit: 1_000 }, signal),
  staleTime: rarelyChangesMs,
});

export const reasonCodesQuery = (use: ReasonUse) =>
  queryOptions({
    queryKey: ["reason-codes", use],
    queryFn: ({ signal }) => get<ListOf<ReasonCode>>("/inventory/reason-codes", { use, active: true, limit: 1_000 }, signal),
    staleTime: rarelyChangesMs,
  });

export const createItem = (request: CreateItem, idempotencyKey: string) => post<Item>("/inventory/items", request, { idempotencyKey });
export const updateItem = (id: string, request: UpdateItem) => patch<Item>(`/inventory/items/${encodeURIComponent(id)}`, request);
