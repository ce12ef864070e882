import { Button, EmptyState, Paper, Stack } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { FieldError } from "#contract/errors.ts";
import type { ListOf, Page as Paging } from "#contract/list.ts";
import { ApiError } from "#web/api/client.ts";
import { messages } from "#web/messages.ts";
import { useColumnChoice } from "./column-choice.tsx";
import { type Column, DataTable } from "./data-table.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { LinkButton } from "./links.tsx";
import { Page } from "./page.tsx";
import { QueryState } from "./query-state.tsx";

interface Props<Row> {
  /** What the choice of columns is kept under. */
  name: string;
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
  query: UseQueryResult<ListOf<Row>>;
  columns: readonly Column<Row>[];
  hiddenAtFirst?: readonly string[];
  rowKey: (row: Row) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  highlighted?: (row: Row) => boolean;
  /** The filter that is always in sight, and the rest, which opens on a phone; whether they leave anything out now. */
  search: ReactNode;
  searched: boolean;
  filters: ReactNode;
  filtered: boolean;
  onClear: () => void;
  /** What to say and offer when there is nothing, or nothing that matches. */
  empty: { icon: ReactNode; title: string; description?: string; noMatch: string; action: ReactNode };
  /** The way to the rest of the rows. */
  children: (page: Paging, rows: number) => ReactNode;
}

/** A list as every list is: filters, then rows, or why there are none and what to do next. */
export function ListScreen<Row>(props: Props<Row>) {
  const { name, title, subtitle, actions, query, columns, hiddenAtFirst, onClear, empty, children } = props;
  const { visible, choice } = useColumnChoice(name, columns, hiddenAtFirst);
  const lessThanAll = props.searched || props.filtered;
  return (
    <Page title={title} subtitle={subtitle} actions={actions}>
      <FilterBar first={props.search} active={props.filtered}>
        {props.filters}
        {choice}
        {lessThanAll && (
          <Button variant="subtle" onClick={onClear}>
            {messages.list.clear}
          </Button>
        )}
      </FilterBar>
      <QueryState
        query={query}
        refused={<NoSuchList title={messages.list.refused} reasons={query.error instanceof ApiError ? query.error.fieldErrors : []} />}
      >
        {({ items, page }) =>
          items.length === 0 && page.offset > 0 ? (
            <NoSuchList title={messages.list.pastEnd} reasons={[]} />
          ) : items.length === 0 ? (
            <EmptyState
              icon={empty.icon}
              title={lessThanAll ? empty.noMatch : empty.title}
              description={lessThanAll ? undefined : empty.description}
              py="xl"
            >
              <EmptyState.Actions>
                {lessThanAll ? <Button onClick={onClear}>{messages.list.clear}</Button> : empty.action}
              </EmptyState.Actions>
            </EmptyState>
          ) : (
            <Stack gap="sm">
              <Paper>
                <DataTable
                  label={title}
                  columns={visible}
                  rows={items}
                  rowKey={props.rowKey}
                  sort={props.sort}
                  onSort={props.onSort}
                  highlighted={props.highlighted}
                />
              </Paper>
              {children(page, items.length)}
            </Stack>
          )
        }
      </QueryState>
    </Page>
  );
}

/** For what was typed or kept for long, and makes no list (any more): the way back to its start. */
function NoSuchList({ title, reasons }: { title: string; reasons: readonly FieldError[] }) {
  return (
    <EmptyState
      icon={<IconMapQuestion />}
      title={title}
      description={reasons.map(({ path, message }) => `${path}: ${message}`).join(" · ")}
      py="xl"
    >
      <EmptyState.Actions>
        <LinkButton to="." search={{}}>
          {messages.list.fromStart}
        </LinkButton>
      </EmptyState.Actions>
    </EmptyState>
  );
}
