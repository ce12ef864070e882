import { Badge, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Session } from "#contract/account.ts";
import { messages } from "#web/messages.ts";
import { announce } from "#web/ui/announce.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { formatInstant } from "#web/ui/format.ts";
import { QueryState } from "#web/ui/query-state.tsx";
import { endOtherSessions, endSession, sessionsQuery } from "./api.ts";
import { useSignOut } from "./session.ts";

const text = messages.sessions;

/** Where one is signed in, each with its end. */
export function OwnSessions() {
  const query = useQuery(sessionsQuery);
  const queryClient = useQueryClient();
  const signOut = useSignOut();
  const afterwards = () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  const one = useMutation({
    mutationFn: ({ id, current }: Session) => (current ? signOut() : endSession(id)),
    onSuccess: (_, { device, current }) => (current ? undefined : void announce(text.ended(device))),
    onSettled: (_, __, { current }) => (current ? undefined : afterwards()),
  });
  const others = useMutation({
    mutationFn: endOtherSessions,
    onSuccess: ({ ended }) => void announce(text.endedOthers(ended)),
    onSettled: afterwards,
  });
  const problem = one.error ?? others.error;
  return (
    <QueryState query={query} rows={2}>
      {({ items }) => (
        <Stack gap="xs">
          {problem && <FormAlert>{problem.message}</FormAlert>}
          <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: "none" }}>
            {items.map((session) => (
              <SessionRow
                key={session.id}
                session={session}
                pending={one.isPending && one.variables.id === session.id}
                onEnd={() => one.mutate(session)}
              />
            ))}
          </Stack>
          {items.length > 1 && (
            <div>
              <Button variant="default" loading={others.isPending} onClick={() => others.mutate()}>
                {text.endOthers}
              </Button>
            </div>
          )}
        </Stack>
      )}
    </QueryState>
  );
}

function SessionRow({ session, pending, onEnd }: { session: Session; pending: boolean; onEnd: () => void }) {
  const { device, current, ipAddress, lastSeenAt, createdAt } = session;
  return (
    <Paper component="li" withBorder p="sm">
      <Group justify="space-between" gap="sm">
        <div>
          <Group gap="xs">
            <Text fw={600}>{device}</Text>
            {current && <Badge variant="light">{text.current}</Badge>}
          </Group>
          <Text size="sm" c="dimmed">
            {[ipAddress, text.lastSeen(formatInstant(lastSeenAt)), text.since(formatInstant(createdAt))].filter(Boolean).join(" · ")}
          </Text>
        </div>
        <Button variant="default" loading={pending} aria-label={current ? messages.frame.signOut : text.endOf(device)} onClick={onEnd}>
          {current ? messages.frame.signOut : text.end}
        </Button>
      </Group>
    </Paper>
  );
}
