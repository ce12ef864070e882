import { NativeSelect } from "@mantine/core";
import { IconBox, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ItemSummary, trackings } from "#contract/catalog.ts";
import { maySupervise, useChosenSite, useMe } from "#web/features/identity/session.ts";
import { type ItemsSearch, noItemFilters } from "#web/app/search.ts";
import { messages } from "#web/messages.ts";
import type { Column } from "#web/ui/data-table.tsx";
import { formatInstant, formatMoney, formatQuantity } from "#web/ui/format.ts";
import { LinkButton } from "#web/ui/links.tsx";
import { ListScreen } from "#web/ui/list-screen.tsx";
import { offsetOf, pageSize, Pager } from "#web/ui/pager.tsx";
import { SearchField } from "#web/ui/search-field.tsx";
import { ActiveBadge } from "./active-badge.tsx";
import { itemsQuery } from "./api.ts";

const text = messages.items;
const route = getRouteApi("/frame/items");

export function ItemsPage() {
  const me = useMe();
  const site = useChosenSite();
  const { search: searched, page, ...search }: ItemsSearch = route.useSearch();
  const navigate = route.useNavigate();
  const { category, tracking, active, belowReorderPoint, sort } = search;
  const filters = { category, tracking, active, belowReorderPoint, siteId: site?.id };
  const query = useQuery(itemsQuery({ ...filters, search: searched, sort, limit: pageSize, offset: offsetOf(page), total: true }));
  const change = (changes: ItemsSearch) => void navigate({ search: (current) => ({ ...current, page: undefined, ...changes }) });

  return (
    <ListScreen
      name="items"
      title={text.title}
      actions={maySupervise(me) && <NewItemButton />}
      query={query}
      columns={columnsIn(me.tenant.currency, site?.code)}
      hiddenAtFirst={["averageCost", "updatedAt"]}
      rowKey={({ id }) => id}
      sort={sort ?? "sku"}
      onSort={(by) => change({ sort: by })}
      search={<SearchField label={text.search} value={searched} onSearch={(typed) => change({ search: typed || undefined })} />}
      searched={Boolean(searched)}
      filters={<Filters search={search} onChange={change} />}
      filtered={Boolean(category ?? tracking ?? active ?? belowReorderPoint)}
      onClear={() => change(noItemFilters)}
      empty={{
        icon: <IconBox />,
        title: text.empty,
        description: text.emptyNext,
        noMatch: text.noMatch,
        action: maySupervise(me) && <NewItemButton />,
      }}
    >
      {(paging, rows) => <Pager page={paging} rows={rows} onPage={(number) => change({ page: number > 1 ? String(number) : undefined })} />}
    </ListScreen>
  );
}

function NewItemButton() {
  return (
    <LinkButton to="/items/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {text.new}
    </LinkButton>
  );
}

const all = (what: string) => ({ value: "", label: `${what}: ${messages.list.any}` });
const choices = [
  ["tracking", text.tracking, [all(text.tracking), ...trackings.map((value) => ({ value, label: messages.tracking[value] }))]],
  ["active", text.state, [all(text.state), { value: "true", label: text.active }, { value: "false", label: text.inactive }]],
  ["belowReorderPoint", text.stock, [all(text.stock), { value: "true", label: text.belowReorderPoint }]],
] as const;

function Filters({ search, onChange }: { search: ItemsSearch; onChange: (changes: ItemsSearch) => void }) {
  return (
    <>
      <SearchField label={text.categoryExact} value={search.category} onSearch={(typed) => onChange({ category: typed || undefined })} />
      {choices.map(([name, label, data]) => (
        <NativeSelect
          key={name}
          aria-label={label}
          data={data}
          value={search[name] ?? ""}
          onChange={({ currentTarget }) => onChange({ [name]: currentTarget.value || undefined })}
        />
      ))}
    </>
  );
}

const columnsIn = (currency: string, siteCode: string | undefined): readonly Column<ItemSummary>[] => [
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
  { id: "name", header: text.name, sortBy: "name", cell: ({ name }) => <span className="cell-text">{name}</span> },
  { id: "category", header: text.category, sortBy: "category", wide: true, cell: ({ category }) => category },
  {
    id: "tracking",
    header: text.tracking,
    wide: true,
    cell: ({ tracking }) => <span className="nowrap">{messages.tracking[tracking]}</span>,
  },
  {
    id: "onHand",
    header: siteCode ? text.onHandAt(siteCode) : text.onHandAllSites,
    numeric: true,
    cell: ({ onHand, baseUom }) => `${formatQuantity(onHand)} ${baseUom}`,
  },
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
