import { NativeSelect, Pill } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { eventTypes } from "#contract/ledger.ts";
import { ItemPicker } from "#web/features/catalog/item-picker.tsx";
import { mayWork, useChosenSite, useMe } from "#web/features/identity/session.ts";
import { locationQuery } from "#web/features/sites/api.ts";
import { type EventsSearch, noEventFilters } from "#web/app/search.ts";
import { messages } from "#web/messages.ts";
import { dayAfter, startOfDay } from "#web/ui/calendar.ts";
import { DateField } from "#web/ui/date-field.tsx";
import { KeysetPager } from "#web/ui/keyset-pager.tsx";
import { LinkButton } from "#web/ui/links.tsx";
import { ListScreen } from "#web/ui/list-screen.tsx";
import { pageSize } from "#web/ui/pager.tsx";
import { eventsQuery } from "./api.ts";
import { eventColumns } from "./event-columns.tsx";

const text = messages.events;
const route = getRouteApi("/frame/events");

export function EventsPage() {
  const { itemId, cursor, event, ...search }: EventsSearch = route.useSearch();
  const navigate = route.useNavigate();
  const site = useChosenSite();
  const me = useMe();
  const { type, locationId } = search;
  // Days of the company's calendar, as the dashboard counts them, wherever this browser is.
  const { timeZone } = me.tenant;
  const from = startOfDay(search.from, timeZone);
  const to = startOfDay(search.to, timeZone) && startOfDay(dayAfter(search.to ?? "", 1), timeZone);
  const query = useQuery(eventsQuery({ type, itemId, locationId, siteId: site?.id, from, to, cursor, limit: pageSize }));
  const change = (changes: EventsSearch) =>
    void navigate({ search: (current) => ({ ...current, cursor: undefined, event: undefined, ...changes }) });

  return (
    <ListScreen
      name="events"
      title={text.title}
      query={query}
      columns={eventColumns}
      rowKey={({ id }) => id}
      highlighted={({ id }) => id === event}
      search={
        <ItemPicker
          aria-label={text.item}
          placeholder={messages.items.search}
          value={itemId ?? null}
          onChange={(id) => change({ itemId: id ?? undefined })}
        />
      }
      searched={Boolean(itemId)}
      filters={<Filters search={search} onChange={change} />}
      filtered={Boolean(type ?? locationId ?? search.from ?? search.to)}
      onClear={() => change(noEventFilters)}
      empty={{
        icon: <IconHistory />,
        title: text.empty,
        noMatch: text.noMatch,
        action: mayWork(me) && <LinkButton to="/post">{messages.dashboard.postFirst}</LinkButton>,
      }}
    >
      {({ nextCursor }) => <KeysetPager cursor={cursor} next={nextCursor} onCursor={(next) => change({ cursor: next })} />}
    </ListScreen>
  );
}

function Filters({ search, onChange }: { search: EventsSearch; onChange: (changes: EventsSearch) => void }) {
  const types = [
    { value: "", label: `${text.type}: ${messages.list.any}` },
    ...eventTypes.map((value) => ({ value, label: messages.eventType[value] })),
  ];
  const location = useQuery({ ...locationQuery(search.locationId ?? ""), enabled: Boolean(search.locationId) });
  return (
    <>
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
          removeButtonProps={{ "aria-label": text.anyLocation }}
        >
          {text.filteredTo(location.data?.code ?? "…")}
        </Pill>
      )}
    </>
  );
}
