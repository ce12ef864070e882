import { Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import type { ReactNode } from "react";

export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** The name that the server sorts by. */
  sortBy?: string;
  numeric?: boolean;
  /** Left out on a phone. */
  wide?: boolean;
  /** Cannot be hidden: what the row is known by. */
  always?: boolean;
}

interface Props<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** As in the address: `name`, or `-name` for descending. */
  sort?: string | undefined;
  onSort?: ((sort: string) => void) | undefined;
  /** Brought into sight. */
  highlighted?: ((row: Row) => boolean) | undefined;
}

/** A dense table that sorts through its caller, and scrolls sideways inside its own frame when it must. */
export function DataTable<Row>({ label, columns, rows, rowKey, sort, onSort, highlighted }: Props<Row>) {
  return (
    <div className="table-frame" role="group" aria-label={label} tabIndex={0}>
      <Table highlightOnHover stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)} {...(highlighted?.(row) ? { "data-highlight": true, ref: bringIntoSight } : {})}>
              {columns.map((column) => (
                <Table.Td key={column.id} {...layoutOf(column)}>
                  {column.cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

const bringIntoSight = (row: HTMLElement | null) => row?.scrollIntoView({ block: "center" });

const layoutOf = ({ numeric, wide }: Pick<Column<never>, "numeric" | "wide">) => ({
  ...(numeric ? { className: "num" } : {}),
  ...(wide ? { visibleFrom: "sm" as const } : {}),
});

interface HeaderProps<Row> {
  column: Column<Row>;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderProps<Row>) {
  const { sortBy, header } = column;
  if (!sortBy || !onSort) {
    return (
      <Table.Th scope="col" {...layoutOf(column)}>
        {header}
      </Table.Th>
    );
  }
  const direction = sort === sortBy ? "ascending" : sort === `-${sortBy}` ? "descending" : "none";
  const Icon = direction === "ascending" ? IconArrowUp : direction === "descending" ? IconArrowDown : IconArrowsSort;
  return (
    <Table.Th scope="col" aria-sort={direction} {...layoutOf(column)}>
      <UnstyledButton className="sort-button" onClick={() => onSort(direction === "ascending" ? `-${sortBy}` : sortBy)}>
        {header}
        <Icon size={14} aria-hidden data-idle={direction === "none" || undefined} />
      </UnstyledButton>
    </Table.Th>
  );
}
