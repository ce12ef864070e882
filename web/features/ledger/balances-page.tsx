import { NativeSelect } from "@mantine/core";
import { IconStack2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { stockStatuses } from "#contract/ledger.ts";
import { ItemPicker } from "#web/features/catalog/item-picker.tsx";
import { mayWork, useChosenSite, useMe } from "#web/features/identity/session.ts";
import { LocationPicker } from "#web/features/sites/location-picker.tsx";
import { type BalancesSearch, noBalanceFilters } from "#web/app/search.ts";
import { messages } from "#web/messages.ts";
import { DateField } from "#web/ui/date-field.tsx";
import { formatInstant } from "#web/ui/format.ts";
import { LinkButton } from "#web/ui/links.tsx";
import { ListScreen } from "#web/ui/list-screen.tsx";
import { offsetOf, pageSize, Pager } from "#web/ui/pager.tsx";
import { SearchField } from "#web/ui/search-field.tsx";
import { balancesQuery } from "./api.ts";
import { balanceColumns } from "./balance-columns.tsx";

const text = messages.balances;
const route = getRouteApi("/frame/balances");

export function BalancesPage() {
  const { search: searched, page, ...search }: BalancesSearch = route.useSearch();
  const navigate = route.useNavigate();
  const site = useChosenSite();
  const worker = mayWork(useMe());
  const asOf = instantOf(search.asOf);
  const { itemId, locationId, status, expiresFrom, expiresTo, sort } = search;
  const filters = { itemId, locationId, status, expiresFrom, expiresTo, asOf, siteId: site?.id };
  const query = useQuery(balancesQuery({ ...filters, search: searched, sort, limit: pageSize, offset: offsetOf(page), total: true }));
  const change = (changes: BalancesSearch) => void navigate({ search: (current) => ({ ...current, page: undefined, ...changes }) });

  return (
    <ListScreen
      name="balances"
      title={text.title}
      subtitle={asOf && text.asOfNote(formatInstant(asOf))}
      query={query}
      columns={balanceColumns}
      hiddenAtFirst={["allocated"]}
      rowKey={(row) => `${row.itemId} ${row.locationId} ${row.lotId} ${row.status}`}
      sort={sort ?? "sku"}
      onSort={(by) => change({ sort: by })}
      search={<SearchField label={messages.items.search} value={searched} onSearch={(typed) => change({ search: typed || undefined })} />}
      searched={Boolean(searched)}
      filters={<Filters search={search} onChange={change} />}
      filtered={Boolean(itemId ?? locationId ?? status ?? expiresFrom ?? expiresTo ?? asOf)}
      onClear={() => change(noBalanceFilters)}
      empty={{
        icon: <IconStack2 />,
        title: text.empty,
        noMatch: text.noMatch,
        action: worker && (
          <LinkButton to="/post" search={{ type: "RECEIVE" }}>
            {text.postReceipt}
          </LinkButton>
        ),
      }}
    >
      {(paging, rows) => <Pager page={paging} rows={rows} onPage={(number) => change({ page: number > 1 ? String(number) : undefined })} />}
    </ListScreen>
  );
}

/** The address holds local time, as the field shows it; the server is asked in UTC. */
function instantOf(local: string | undefined): string | undefined {
  const instant = local ? new Date(local) : null;
  return instant && !Number.isNaN(instant.getTime()) ? instant.toISOString() : undefined;
}

function Filters({ search, onChange }: { search: BalancesSearch; onChange: (changes: BalancesSearch) => void }) {
  const statuses = [
    { value: "", label: `${text.status}: ${messages.list.any}` },
    ...stockStatuses.map((value) => ({ value, label: messages.status[value] })),
  ];
  return (
    <>
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
      {search.expiresFrom && (
        <DateField label={text.expiresFrom} type="date" value={search.expiresFrom} onChange={(expiresFrom) => onChange({ expiresFrom })} />
      )}
      <DateField label={text.expiresTo} type="date" value={search.expiresTo} onChange={(expiresTo) => onChange({ expiresTo })} />
      <DateField label={text.asOf} type="datetime-local" value={search.asOf} onChange={(asOf) => onChange({ asOf })} />
    </>
  );
}
