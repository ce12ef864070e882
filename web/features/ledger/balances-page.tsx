import { Button, EmptyState, NativeSelect, Paper, Stack } from "@mantine/core";
import { IconStack2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { stockStatuses } from "#contract/ledger.ts";
import { ItemPicker } from "#web/features/catalog/item-picker.tsx";
import { mayWork, useChosenSite, useMe } from "#web/features/identity/session.ts";
import { LocationPicker } from "#web/features/sites/location-picker.tsx";
import type { BalancesSearch } from "#web/app/search.ts";
import { messages } from "#web/messages.ts";
import { useColumnChoice } from "#web/ui/column-choice.tsx";
import { DateField } from "#web/ui/date-field.tsx";
import { DataTable } from "#web/ui/data-table.tsx";
import { FilterBar } from "#web/ui/filter-bar.tsx";
import { formatInstant } from "#web/ui/format.ts";
import { LinkButton } from "#web/ui/links.tsx";
import { Page } from "#web/ui/page.tsx";
import { offsetOf, pageSize, Pager } from "#web/ui/pager.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { SearchField } from "#web/ui/search-field.tsx";
import { balancesQuery } from "./api.ts";
import { balanceColumns } from "./balance-columns.tsx";

const text = messages.balances;
const route = getRouteApi("/frame/balances");

export function BalancesPage() {
  const search: BalancesSearch = route.useSearch();
  const navigate = route.useNavigate();
  const site = useChosenSite();
  const { visible, choice } = useColumnChoice("balances", balanceColumns, ["allocated"]);
  const asOf = instantOf(search.asOf);
  const { itemId, locationId, status, sort } = search;
  const query = useQuery(
    balancesQuery({
      itemId,
      locationId,
      status,
      sort,
      search: search.search,
      asOf,
      siteId: site?.id,
      limit: pageSize,
      offset: offsetOf(search.page),
      total: true,
    }),
  );
  const change = (changes: BalancesSearch) => void navigate({ search: (current) => ({ ...current, page: undefined, ...changes }) });
  const filtered = Boolean(search.search ?? itemId ?? locationId ?? status ?? asOf);
  const clear = () => change({ search: undefined, itemId: undefined, locationId: undefined, status: undefined, asOf: undefined });

  return (
    <Page title={text.title} subtitle={asOf && text.asOfNote(formatInstant(asOf))}>
      <Filters search={search} onChange={change} choice={choice} />
      <QueryState query={query}>
        {({ items, page }) =>
          items.length === 0 ? (
            <NoStock filtered={filtered} onClear={clear} />
          ) : (
            <Stack gap="sm">
              <Paper>
                <DataTable
                  label={text.title}
                  columns={visible}
                  rows={items}
                  rowKey={(row) => `${row.itemId} ${row.locationId} ${row.lotId} ${row.status}`}
                  sort={sort ?? "sku"}
                  onSort={(by) => change({ sort: by })}
                />
              </Paper>
              <Pager page={page} rows={items.length} onPage={(number) => change({ page: number > 1 ? String(number) : undefined })} />
            </Stack>
          )
        }
      </QueryState>
    </Page>
  );
}

/** The address holds local time, as the field shows it; the server is asked in UTC. */
function instantOf(local: string | undefined): string | undefined {
  const instant = local ? new Date(local) : null;
  return instant && !Number.isNaN(instant.getTime()) ? instant.toISOString() : undefined;
}

function Filters({
  search,
  onChange,
  choice,
}: {
  search: BalancesSearch;
  onChange: (changes: BalancesSearch) => void;
  choice: React.ReactNode;
}) {
  const statuses = [
    { value: "", label: `${text.status}: ${messages.list.any}` },
    ...stockStatuses.map((value) => ({ value, label: messages.status[value] })),
  ];
  return (
    <FilterBar
      first={
        <SearchField label={messages.items.search} value={search.search} onSearch={(typed) => onChange({ search: typed || undefined })} />
      }
      active={Boolean(search.itemId ?? search.locationId ?? search.status ?? search.asOf)}
    >
      {search.itemId && (
        <ItemPicker aria-label={text.item} value={search.itemId} onChange={(itemId) => onChange({ itemId: itemId ?? undefined })} />
      )}
      <LocationPicker
        aria-label={text.location}
        placeholder={text.location}
        value={search.locationId ?? null}
        onChange={(locationId) => onChange({ locationId: locationId ?? undefined })}
      />
      <NativeSelect
        aria-label={text.status}
        data={statuses}
        value={search.status ?? ""}
        onChange={({ currentTarget }) => onChange({ status: currentTarget.value || undefined })}
      />
      <DateField label={text.asOf} type="datetime-local" value={search.asOf} onChange={(instant) => onChange({ asOf: instant })} />
      {choice}
    </FilterBar>
  );
}

function NoStock({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const worker = mayWork(useMe());
  return (
    <EmptyState icon={<IconStack2 />} title={filtered ? text.noMatch : text.empty}>
      <EmptyState.Actions>
        {filtered ? (
          <Button onClick={onClear}>{messages.list.clear}</Button>
        ) : (
          worker && (
            <LinkButton to="/post" search={{ type: "RECEIVE" }}>
              {text.postReceipt}
            </LinkButton>
          )
        )}
      </EmptyState.Actions>
    </EmptyState>
  );
}
