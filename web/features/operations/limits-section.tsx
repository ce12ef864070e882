import { Paper, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { RateLimitCounts, SecurityOverview } from "#contract/operations.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { type Column, DataTable } from "#web/ui/data-table.tsx";
import { formatInstant, formatQuantity } from "#web/ui/format.ts";
import { QueryState } from "#web/ui/query-state.tsx";
import { Section } from "#web/ui/section.tsx";

const text = adminMessages.security.limits;

export function LimitsSection({ query }: { query: UseQueryResult<SecurityOverview> }) {
  return (
    <Section title={text.title} aside={query.data && <Since instant={query.data.since} />}>
      <QueryState query={query} rows={4}>
        {({ limits }) => (
          <Paper>
            <DataTable label={text.title} columns={columns} rows={limits} rowKey={({ name }) => name} />
          </Paper>
        )}
      </QueryState>
    </Section>
  );
}

const Since = ({ instant }: { instant: string }) => (
  <Text size="sm" c="dimmed">
    {text.since(formatInstant(instant))}
  </Text>
);

const columns: readonly Column<RateLimitCounts>[] = [
  { id: "name", header: text.limit, cell: ({ name }) => name },
  { id: "requests", header: text.requests, numeric: true, cell: ({ requests }) => formatQuantity(requests) },
  { id: "refusals", header: text.refusals, numeric: true, cell: ({ refusals }) => formatQuantity(refusals) },
  { id: "keys", header: text.keys, numeric: true, wide: true, cell: ({ keys }) => formatQuantity(keys) },
];
