import { EmptyState, Paper } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { mayWork, useMe } from "#web/features/identity/session.ts";
import { eventsQuery } from "#web/features/ledger/api.ts";
import { eventColumns } from "#web/features/ledger/event-columns.tsx";
import { messages } from "#web/messages.ts";
import { DataTable } from "#web/ui/data-table.tsx";
import { LinkAnchor, LinkButton } from "#web/ui/links.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { Section } from "#web/ui/section.tsx";

const text = messages.dashboard;
const columns = eventColumns.filter(({ id }) => id !== "actions" && id !== "reason" && id !== "lot");

export function RecentEvents({ siteId }: { siteId: string | undefined }) {
  const worker = mayWork(useMe());
  const query = useQuery({ ...eventsQuery({ siteId, limit: 8 }), refetchInterval: 60_000 });
  return (
    <Section
      title={text.recent}
      aside={
        <LinkAnchor to="/events" size="sm">
          {text.allEvents}
        </LinkAnchor>
      }
    >
      <QueryState query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconHistory />} size="sm" title={text.noEvents}>
              <EmptyState.Actions>{worker && <LinkButton to="/post">{text.postFirst}</LinkButton>}</EmptyState.Actions>
            </EmptyState>
          ) : (
            <Paper>
              <DataTable label={text.recent} columns={columns} rows={items} rowKey={({ id }) => id} />
            </Paper>
          )
        }
      </QueryState>
    </Section>
  );
}
