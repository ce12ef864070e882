import { Button, EmptyState, Group, NativeSelect, Paper, Pill, Stack } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { eventTypes } from "#contract/ledger.ts";
import { ItemPicker } from "#web/features/catalog/item-picker.tsx";
import { mayWork, useChosenSite, useMe } from "#web/features/identity/session.ts";
import { locationQuery } from "#web/features/sites/api.ts";
import type { EventsSearch } from "#web/app/search.ts";
import { messages } from "#web/messages.ts";
import { useColumnChoice } from "#web/ui/column-choice.tsx";
import { DateField } from "#web/ui/date-field.tsx";
import { DataTable } from "#web/ui/data-table.tsx";
import { FilterBar } from "#web/ui/filter-bar.tsx";
import { LinkButton } from "#web/ui/links.tsx";
import { Page } from "#web/ui/page.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { eventsQuery } from "./api.ts";
import { eventColumns } from "./event-columns.tsx";

const text = messages.events;
const route = getRouteApi("/frame/events");
const pageSize = 50;

export function EventsPage() {
  const search: EventsSearch = route.useSearch();
  const navigate = route.useNavigate();
  const site = useChosenSite();
  const { visible, choice } = useColumnChoice("events", eventColumns);
  const { type, itemId, locationId, cursor } = search;
  const query = useQuery(
    eventsQuery({
      type,
      itemId,
      locationId,
      cursor,
      siteId: site?.id,
      from: startOfDay(search.from),
      to: startOfDay(search.to, 1),
      limit: pageSize,
    }),
  );
  const change = (changes: EventsSearch) =>
    void navigate({ search: (current) => ({ ...current, cursor: undefined, event: undefined, ...changes }) });
  const filtered = Boolean(type ?? itemId ?? locationId ?? search.from ?? search.to);
  const clear = () => change({ type: undefined, itemId: undefined, locationId: undefined, from: undefined, to: undefined });

  return (
    <Page title={text.title}>
      <Filters search={search} onChange={change} choice={choice} />
      <QueryState query={query}>
        {({ items, page }) =>
          items.length === 0 ? (
            <NoEvents filtered={filtered} onClear={clear} />
          ) : (
            <Stack gap="sm">
              <Paper>
                <DataTable
                  label={text.title}
                  columns={visible}
                  rows={items}
                  rowKey={({ id }) => id}
                  highlighted={({ id }) => id === search.event}
                />
              </Paper>
              <Steps cursor={cursor} next={page.nextCursor} onCursor={(to) => change({ cursor: to })} />
            </Stack>
          )
        }
      </QueryState>
    </Page>
  );
}

/** A day of this browser's calendar as the instant it begins; nothing for what is no day. */
function startOfDay(day: string | undefined, daysLater = 0): string | undefined {
  if (!day) return undefined;
  const start = new Date(`${day}T00:00:00`);
  if (Number.isNaN(start.getTime())) return undefined;
  start.setDate(start.getDate() + daysLater);
  return start.toISOString();
}

function Filters({
  search,
  onChange,
  choice,
}: {
  search: EventsSearch;
  onChange: (changes: EventsSearch) => void;
  choice: React.ReactNode;
}) {
  const types = [
    { value: "", label: `${text.type}: ${messages.list.any}` },
    ...eventTypes.map((value) => ({ value, label: messages.eventType[value] })),
  ];
  const location = useQuery({ ...locationQuery(search.locationId ?? ""), enabled: Boolean(search.locationId) });
  return (
    <FilterBar
      first={
        <ItemPicker
          aria-label={text.item}
          placeholder={messages.items.search}
          value={search.itemId ?? null}
          onChange={(itemId) => onChange({ itemId: itemId ?? undefined })}
        />
      }
      active={Boolean(search.type ?? search.locationId ?? search.from ?? search.to)}
    >
      <NativeSelect
        aria-label={text.type}
        data={types}
        value={search.type ?? ""}
        onChange={({ currentTarget }) => onChange({ type: currentTarget.value || undefined })}
      />
      <DateField label={text.fromDay} type="date" value={search.from} onChange={(from) => onChange({ from })} />
      <DateField label={text.toDay} type="date" value={search.to} onChange={(to) => onChange({ to })} />
      {search.locationId && (
        <Pill
          size="lg"
          withRemoveButton
          onRemove={() => onChange({ locationId: undefined })}
          removeButtonProps={{ "aria-label": messages.list.clear }}
        >
          {text.filteredTo(location.data?.code ?? "…")}
        </Pill>
      )}
      {choice}
    </FilterBar>
  );
}

/** The ledger is read by keyset: from the newest, ever further back. The browser's back button leads the way back. */
function Steps({
  cursor,
  next,
  onCursor,
}: {
  cursor: string | undefined;
  next: string | null;
  onCursor: (cursor: string | undefined) => void;
}) {
  if (!cursor && !next) return null;
  return (
    <Group component="nav" justify="flex-end" gap="xs" aria-label={messages.list.paging}>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconChevronLeft size={14} aria-hidden />}
        disabled={!cursor}
        onClick={() => onCursor(undefined)}
      >
        {messages.list.newest}
      </Button>
      <Button
        size="xs"
        variant="default"
        rightSection={<IconChevronRight size={14} aria-hidden />}
        disabled={!next}
        onClick={() => onCursor(next ?? undefined)}
      >
        {messages.list.older}
      </Button>
    </Group>
  );
}

function NoEvents({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const worker = mayWork(useMe());
  return (
    <EmptyState icon={<IconHistory />} title={filtered ? text.noMatch : text.empty}>
      <EmptyState.Actions>
        {filtered ? (
          <Button onClick={onClear}>{messages.list.clear}</Button>
        ) : (
          worker && <LinkButton to="/post">{messages.dashboard.postFirst}</LinkButton>
        )}
      </EmptyState.Actions>
    </EmptyState>
  );
}
