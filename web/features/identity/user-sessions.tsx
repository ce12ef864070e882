import { EmptyState, Group, Paper } from "@mantine/core";
import { IconDevices } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Session } from "#contract/account.ts";
import type { User } from "#contract/identity.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { ConfirmButton, inRow } from "#web/ui/confirm-button.tsx";
import { type Column, DataTable } from "#web/ui/data-table.tsx";
import { formatInstant } from "#web/ui/format.ts";
import { QueryState } from "#web/ui/query-state.tsx";
import { Section } from "#web/ui/section.tsx";
import { endSessionOf, endSessionsOf, sessionsOfQuery } from "./users-api.ts";

const text = adminMessages.user;

export function UserSessions({ user }: { user: User }) {
  const query = useQuery(sessionsOfQuery(user.id));
  const others = query.data?.items.filter(({ current }) => !current).length ?? 0;
  return (
    <Section title={text.sessions} aside={others > 0 && <EndAll user={user} sessions={others} />}>
      <QueryState query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconDevices />} title={text.noSessions} py="md" />
          ) : (
            <Paper>
              <DataTable label={text.sessions} columns={columnsOf(user)} rows={items} rowKey={({ id }) => id} />
            </Paper>
          )
        }
      </QueryState>
    </Section>
  );
}

function EndAll({ user: { id, name }, sessions }: { user: User; sessions: number }) {
  const queryClient = useQueryClient();
  const action = {
    label: text.endAll,
    title: text.endAllTitle(name),
    what: text.endAllWhat(name, sessions),
    harmful: true,
    done: text.endedAll(name),
    run: async () => {
      await endSessionsOf(id);
      await queryClient.invalidateQueries({ queryKey: ["sessions", id] });
    },
  };
  return <ConfirmButton action={action} size="xs" variant="default" />;
}

function EndOne({ user: { id: userId, name }, session: { id, device, createdAt } }: { user: User; session: Session }) {
  const queryClient = useQueryClient();
  const action = {
    label: text.end,
    name: text.endOf(device, formatInstant(createdAt)),
    title: text.endTitle,
    what: text.endWhat(name, device),
    harmful: true,
    done: text.ended(name),
    run: async () => {
      await endSessionOf(userId, id);
      await queryClient.invalidateQueries({ queryKey: ["sessions", userId] });
    },
  };
  return <ConfirmButton action={action} {...inRow} />;
}

const columnsOf = (user: User): readonly Column<Session>[] => [
  { id: "device", header: text.device, cell: ({ device }) => device },
  { id: "address", header: text.address, wide: true, cell: ({ ipAddress }) => ipAddress ?? "–" },
  { id: "begun", header: text.begun, wide: true, cell: ({ createdAt }) => formatInstant(createdAt) },
  { id: "lastSeen", header: text.lastSeen, cell: ({ lastSeenAt }) => formatInstant(lastSeenAt) },
  {
    id: "action",
    header: messages.admin.actions,
    // One's own ends by signing out.
    cell: (session) => <Group>{session.current ? text.current : <EndOne user={user} session={session} />}</Group>,
  },
];
