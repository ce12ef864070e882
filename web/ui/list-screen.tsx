import { Button, EmptyState, Paper, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ListOf, Page as Paging } from "#contract/list.ts";
import { messages } from "#web/messages.ts";
import { useColumnChoice } from "./column-choice.tsx";
import { type Column, DataTable } from "./data-table.tsx";
import { FilterBar } from "./filter-bar.tsx";
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
      <QueryState query={query}>
        {({ items, page }) =>
          items.length === 0 ? (
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
