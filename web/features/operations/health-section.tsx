import { Badge, Paper, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Checks, CheckStatus, Health } from "#contract/health.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { type Column, DataTable } from "#web/ui/data-table.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { Section } from "#web/ui/section.tsx";
import { healthQuery } from "./api.ts";

const text = adminMessages.health;
const statusColors: Record<Health["status"], string> = { healthy: "green", degraded: "orange", unhealthy: "red" };
const checkColors: Record<CheckStatus, string> = { pass: "green", warn: "orange", fail: "red" };

interface Row {
  name: string;
  status: CheckStatus;
  message: string;
  figure: string;
}

export function HealthSection() {
  const query = useQuery(healthQuery);
  const status = query.data?.status;
  return (
    <Section title={text.title} aside={status && <Badge color={statusColors[status]}>{text.status[status]}</Badge>}>
      <QueryState query={query} rows={4}>
        {({ checks, version, uptime, metadata }) => (
          <>
            {checks && (
              <Paper>
                <DataTable label={text.title} columns={columns} rows={rowsOf(checks)} rowKey={({ name }) => name} />
              </Paper>
            )}
            {version !== undefined && uptime !== undefined && metadata && (
              <Text size="sm" c="dimmed">
                {text.running(version, text.duration(uptime), metadata.environment)}
              </Text>
            )}
          </>
        )}
      </QueryState>
    </Section>
  );
}

const columns: readonly Column<Row>[] = [
  { id: "name", header: text.checkHeader, cell: ({ name }) => name },
  { id: "state", header: text.state, cell: ({ status }) => <Badge color={checkColors[status]}>{text.check[status]}</Badge> },
  { id: "message", header: text.what, cell: ({ message }) => message },
  { id: "figure", header: text.figures, numeric: true, wide: true, cell: ({ figure }) => figure },
];

function rowsOf({ database, migrations, redis, memory, circuitBreakers, jobs }: Checks): Row[] {
  const breakers = Object.values(circuitBreakers);
  const open = breakers.filter(({ state }) => state !== "CLOSED").length;
  return [
    { ...database, name: text.names.database, figure: text.took(database.responseTime) },
    { ...migrations, name: text.names.migrations, figure: "" },
    { ...redis, name: text.names.redis, figure: "" },
    { ...memory, name: text.names.memory, figure: text.heap(memory.details.heapUsed, memory.details.rss) },
    { name: text.names.breakers, status: open > 0 ? "warn" : "pass", message: text.breakers(open, breakers.length), figure: "" },
    ...(jobs
      ? [
          {
            name: text.names.jobs,
            status: jobs.failed > 0 ? ("warn" as const) : ("pass" as const),
            message: text.jobs(jobs.waiting, jobs.failed),
            figure: "",
          },
        ]
      : []),
  ];
}
