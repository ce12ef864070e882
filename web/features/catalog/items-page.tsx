import { Button, EmptyState, NativeSelect, Paper, Stack } from "@mantine/core";
import { IconBox, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ItemSummary, trackings } from "#contract/catalog.ts";
import { maySupervise, useMe } from "#web/features/identity/session.ts";
import type { ItemsSearch } from "#web/app/search.ts";
import { messages } from "#web/messages.ts";
import { useColumnChoice } from "#web/ui/column-choice.tsx";
import { type Column, DataTable } from "#web/ui/data-table.tsx";
import { FilterBar } from "#web/ui/filter-bar.tsx";
import { formatInstant, formatMoney, formatQuantity } from "#web/ui/format.ts";
import { LinkButton } from "#web/ui/links.tsx";
import { Page } from "#web/ui/page.tsx";
import { offsetOf, pageSize, Pager } from "#web/ui/pager.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { SearchField } from "#web/ui/search-field.tsx";
import { ActiveBadge } from "./active-badge.tsx";
import { itemsQuery } from "./api.ts";

const text = messages.items;
const route = getRouteApi("/frame/items");

export function ItemsPage() {
  const me = useMe();
  const search: ItemsSearch = route.useSearch();
  const navigate = route.useNavigate();
  const { visible, choice } = useColumnChoice("items", columnsIn(me.tenant.currency), ["averageCost", "updatedAt"]);
  const { category, tracking, active, sort, page } = search;
  const query = useQuery(
    itemsQuery({ search: search.search, category, tracking, active, sort, limit: pageSize, offset: offsetOf(page), total: true }),
  );
  const change = (changes: ItemsSearch) => void navigate({ search: (current) => ({ ...current, page: undefined, ...changes }) });
  const filtered = Boolean(search.search ?? search.category ?? search.tracking ?? search.active);
  const clear = () => change({ search: undefined, category: undefined, tracking: undefined, active: undefined });

  return (
    <Page title={text.title} actions={maySupervise(me) && <NewItemButton />}>
      <Filters search={search} onChange={change} choice={choice} />
      <QueryState query={query}>
        {({ items, page: paging }) =>
          items.length === 0 ? (
            <NoItems filtered={filtered} onClear={clear} />
          ) : (
            <Stack gap="sm">
              <Paper>
                <DataTable
                  label={text.title}
                  columns={visible}
                  rows={items}
                  rowKey={(item) => item.id}
                  sort={search.sort ?? "sku"}
                  onSort={(by) => change({ sort: by })}
                />
              </Paper>
              <Pager page={paging} rows={items.length} onPage={(number) => change({ page: number > 1 ? String(number) : undefined })} />
            </Stack>
          )
        }
      </QueryState>
    </Page>
  );
}

function NewItemButton() {
  return (
    <LinkButton to="/items/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {text.new}
    </LinkButton>
  );
}

function Filters({ search, onChange, choice }: { search: ItemsSearch; onChange: (changes: ItemsSearch) => void; choice: React.ReactNode }) {
  const tracking = [
    { value: "", label: `${text.tracking}: ${messages.list.any}` },
    ...trackings.map((value) => ({ value, label: messages.tracking[value] })),
  ];
  const active = [
    { value: "", label: `${text.state}: ${messages.list.any}` },
    { value: "true", label: text.active },
    { value: "false", label: text.inactive },
  ];
  return (
    <FilterBar
      first={<SearchField label={text.search} value={search.search} onSearch={(typed) => onChange({ search: typed || undefined })} />}
      active={Boolean(search.category ?? search.tracking ?? search.active)}
    >
      <SearchField label={text.categoryExact} value={search.category} onSearch={(typed) => onChange({ category: typed || undefined })} />
      <NativeSelect
        aria-label={text.tracking}
        data={tracking}
        value={search.tracking ?? ""}
        onChange={({ currentTarget }) => onChange({ tracking: currentTarget.value || undefined })}
      />
      <NativeSelect
        aria-label={text.state}
        data={active}
        value={search.active ?? ""}
        onChange={({ currentTarget }) => onChange({ active: currentTarget.value || undefined })}
      />
      {choice}
    </FilterBar>
  );
}

function NoItems({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const supervisor = maySupervise(useMe());
  return (
    <EmptyState icon={<IconBox />} title={filtered ? text.noMatch : text.empty} description={filtered ? undefined : text.emptyNext}>
      <EmptyState.Actions>
        {filtered ? <Button onClick={onClear}>{messages.list.clear}</Button> : supervisor && <NewItemButton />}
      </EmptyState.Actions>
    </EmptyState>
  );
}

const columnsIn = (currency: string): readonly Column<ItemSummary>[] => [
  {
    id: "sku",
    header: text.sku,
    sortBy: "sku",
    always: true,
    cell: ({ id, sku }) => (
      <Link to="/items/$itemId" params={{ itemId: id }} className="cell-link">
        {sku}
      </Link>
    ),
  },
  { id: "name", header: text.name, sortBy: "name", cell: ({ name }) => name },
  { id: "category", header: text.category, sortBy: "category", wide: true, cell: ({ category }) => category },
  { id: "tracking", header: text.tracking, wide: true, cell: ({ tracking }) => messages.tracking[tracking] },
  { id: "onHand", header: text.onHandAllSites, numeric: true, cell: ({ onHand, baseUom }) => `${formatQuantity(onHand)} ${baseUom}` },
  {
    id: "reorderPoint",
    header: text.reorderPoint,
    numeric: true,
    wide: true,
    cell: ({ reorderPoint }) => (reorderPoint === null ? "–" : formatQuantity(reorderPoint)),
  },
  {
    id: "averageCost",
    header: text.averageCost,
    numeric: true,
    wide: true,
    cell: ({ averageCost }) => (averageCost === null ? "–" : formatMoney(averageCost, currency)),
  },
  { id: "updatedAt", header: text.changed, sortBy: "updatedAt", wide: true, cell: ({ updatedAt }) => formatInstant(updatedAt) },
  { id: "active", header: text.state, wide: true, cell: ({ active }) => <ActiveBadge active={active} /> },
];
