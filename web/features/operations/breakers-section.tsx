import { Badge, EmptyState, Group, Paper, Stack, Text } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { CircuitBreaker } from "#contract/operations.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { ConfirmButton, inRow } from "#web/ui/confirm-button.tsx";
import { type Column, DataTable } from "#web/ui/data-table.tsx";
import { formatQuantity } from "#web/ui/format.ts";
import { QueryState } from "#web/ui/query-state.tsx";
import { Section } from "#web/ui/section.tsx";
import { breakersQuery, setBreaker } from "./api.ts";

const text = adminMessages.security.breakers;
const colors: Record<CircuitBreaker["state"], string> = { CLOSED: "green", OPEN: "red", HALF_OPEN: "orange" };

export function BreakersSection() {
  const query = useQuery(breakersQuery);
  return (
    <Section title={text.title}>
      <QueryState query={query} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconPlugConnected />} title={text.none} description={text.noneNext} py="md" />
          ) : (
            <Paper>
              <DataTable label={text.title} columns={columns} rows={items} rowKey={({ name }) => name} />
            </Paper>
          )
        }
      </QueryState>
    </Section>
  );
}

function State({ breaker: { state, heldOpen, retryInSeconds } }: { breaker: CircuitBreaker }) {
  const more = heldOpen ? text.heldOpen : retryInSeconds === null ? "" : text.retryIn(retryInSeconds);
  return (
    <Stack gap={2} align="flex-start">
      <Badge color={colors[state]}>{text.states[state]}</Badge>
      {more && (
        <Text size="xs" c="dimmed">
          {more}
        </Text>
      )}
    </Stack>
  );
}

function Actions({ breaker: { name, state, heldOpen } }: { breaker: CircuitBreaker }) {
  const queryClient = useQueryClient();
  const run = (action: "open" | "close" | "automatic") => async () => {
    await setBreaker(name, action);
    await queryClient.invalidateQueries({ queryKey: ["security"] });
    void queryClient.invalidateQueries({ queryKey: ["health"] });
  };
  const open = {
    label: text.open,
    name: text.openOf(name),
    title: text.openTitle(name),
    confirm: text.openConfirm,
    what: text.openWhat,
    done: text.opened(name),
    harmful: true,
    run: run("open"),
  };
  const close = {
    label: text.close,
    name: text.closeOf(name),
    title: text.closeTitle(name),
    confirm: text.closeConfirm,
    what: text.closeWhat,
    done: text.closed(name),
    run: run("close"),
  };
  const automatic = {
    label: text.automatic,
    name: text.automaticOf(name),
    title: text.automaticTitle(name),
    confirm: text.automaticConfirm,
    what: text.automaticWhat,
    done: text.madeAutomatic(name),
    run: run("automatic"),
  };
  return (
    <Group gap="sm">
      {!heldOpen && <ConfirmButton action={open} {...inRow} />}
      {state !== "CLOSED" && <ConfirmButton action={close} {...inRow} />}
      {heldOpen && <ConfirmButton action={automatic} {...inRow} />}
    </Group>
  );
}

const columns: readonly Column<CircuitBreaker>[] = [
  { id: "name", header: text.name, cell: ({ name }) => name },
  { id: "state", header: text.state, cell: (breaker) => <State breaker={breaker} /> },
  { id: "failures", header: text.failures, numeric: true, wide: true, cell: ({ failureCount }) => formatQuantity(failureCount) },
  { id: "rejected", header: text.rejected, numeric: true, wide: true, cell: ({ rejected }) => formatQuantity(rejected) },
  { id: "action", header: messages.admin.actions, cell: (breaker) => <Actions breaker={breaker} /> },
];
