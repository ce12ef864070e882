import { Button, Paper, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Balance, InventoryEvent } from "#contract/ledger.ts";
import { messages } from "#web/messages.ts";
import { type Column, DataTable } from "#web/ui/data-table.tsx";
import { formatQuantity } from "#web/ui/format.ts";
import { QueryState } from "#web/ui/query-state.tsx";
import { listEvents } from "./api.ts";
import { eventColumns } from "./event-columns.tsx";
import { useSiteScope } from "./site-scope.ts";
import { runningTotals } from "./totals.ts";

const pageSize = 25;

interface Props {
  itemId: string;
  siteId: string | undefined;
  /** On hand now in the scope; null when it is not known. */
  onHand: number | null;
  /** The balances that `onHand` sums. */
  balances: readonly Balance[];
  highlighted: string | undefined;
}

/** What happened to an item, newest first, each event with what was on hand right after it. */
export function ItemTimeline({ itemId, siteId, onHand, balances, highlighted }: Props) {
  const query = useInfiniteQuery({
    queryKey: ["timeline", itemId, siteId],
    queryFn: ({ pageParam, signal }) => listEvents({ itemId, siteId, limit: pageSize, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: ({ page }) => page.nextCursor,
  });
  const events = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const inScope = useSiteScope(events, balances, siteId);
  const totals = inScope && onHand !== null ? runningTotals(events, onHand, inScope) : null;
  const totalAfter = new Map(totals?.map((total, index) => [events[index]?.id, total]));
  const running: Column<InventoryEvent> = {
    id: "running",
    header: messages.item.runningBalance,
    numeric: true,
    cell: ({ id }) => {
      const total = totalAfter.get(id);
      return total === undefined ? "…" : formatQuantity(total);
    },
  };

  return (
    <QueryState query={query} rows={5}>
      {() =>
        events.length === 0 ? (
          <Text c="dimmed">{messages.item.noEvents}</Text>
        ) : (
          <Stack gap="sm">
            <Paper>
              <DataTable
                label={messages.item.timeline}
                columns={[...firstColumns, running, ...lastColumns]}
                rows={events}
                rowKey={({ id }) => id}
                highlighted={({ id }) => id === highlighted}
              />
            </Paper>
            {query.hasNextPage && (
              <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {messages.item.timelineMore}
              </Button>
            )}
          </Stack>
        )
      }
    </QueryState>
  );
}

const ofItem = eventColumns.filter(({ id }) => id !== "item");
const untilQuantity = ofItem.findIndex(({ id }) => id === "quantity") + 1;
const firstColumns = ofItem.slice(0, untilQuantity);
const lastColumns = ofItem.slice(untilQuantity);
