import { EmptyState, Paper, Table, Text } from "@mantine/core";
import { IconStack2 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Item } from "#contract/catalog.ts";
import type { Balance } from "#contract/ledger.ts";
import { mayWork, useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { formatDay, formatQuantity } from "#web/ui/format.ts";
import { LinkAnchor, LinkButton } from "#web/ui/links.tsx";
import { StatusBadge } from "./badges.tsx";
import { sumBalances } from "./totals.ts";

const text = messages.balances;

/** Stock of one item per site, place, lot and state, with its sums. */
export function ItemBalances({ item, rows, complete }: { item: Item; rows: readonly Balance[]; complete: boolean }) {
  const worker = mayWork(useMe());
  if (rows.length === 0) {
    return (
      <EmptyState
        icon={<IconStack2 />}
        size="sm"
        title={messages.item.noStock}
        description={worker ? messages.item.noStockNext : undefined}
      >
        {worker && (
          <EmptyState.Actions>
            <LinkButton to="/post" search={{ type: "RECEIVE", itemId: item.id }} variant="light">
              {text.postReceipt}
            </LinkButton>
          </EmptyState.Actions>
        )}
      </EmptyState>
    );
  }
  const withLots = item.tracking !== "NONE";
  return (
    <Paper>
      <div className="table-frame" role="group" aria-label={messages.item.balances} tabIndex={0}>
        <Table highlightOnHover>
          <Headers withLots={withLots} />
          <Table.Tbody>
            {rows.map((row) => (
              <BalanceRow key={`${row.locationId} ${row.lotId} ${row.status}`} row={row} withLots={withLots} />
            ))}
          </Table.Tbody>
          {complete && <Totals rows={rows} withLots={withLots} uom={item.baseUom} />}
        </Table>
      </div>
      {!complete && (
        <LinkAnchor to="/balances" search={{ itemId: item.id }} size="sm" p="sm" display="block">
          {messages.item.tooManyPlaces}
        </LinkAnchor>
      )}
    </Paper>
  );
}

function Headers({ withLots }: { withLots: boolean }) {
  return (
    <Table.Thead>
      <Table.Tr>
        <Table.Th scope="col" visibleFrom="sm">
          {text.site}
        </Table.Th>
        <Table.Th scope="col">{text.location}</Table.Th>
        {withLots &&
          [text.lot, text.expires].map((header) => (
            <Table.Th key={header} scope="col" visibleFrom="sm">
              {header}
            </Table.Th>
          ))}
        <Table.Th scope="col">{text.status}</Table.Th>
        <Table.Th scope="col" className="num">
          {text.onHand}
        </Table.Th>
        <Table.Th scope="col" className="num" visibleFrom="sm">
          {text.allocated}
        </Table.Th>
        <Table.Th scope="col" className="num">
          {text.available}
        </Table.Th>
      </Table.Tr>
    </Table.Thead>
  );
}

function BalanceRow({ row, withLots }: { row: Balance; withLots: boolean }) {
  return (
    <Table.Tr>
      <Table.Td visibleFrom="sm">{row.siteCode}</Table.Td>
      <Table.Td>
        <Link to="/balances" search={{ locationId: row.locationId }} className="cell-link">
          {row.locationCode}
        </Link>
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {row.siteCode} {row.lotCode && <span className="unbroken">{row.lotCode}</span>}
        </Text>
      </Table.Td>
      {withLots && <Table.Td visibleFrom="sm">{row.lotCode ?? "–"}</Table.Td>}
      {withLots && <Table.Td visibleFrom="sm">{row.expiresOn ? formatDay(row.expiresOn) : "–"}</Table.Td>}
      <Table.Td>
        <StatusBadge status={row.status} />
      </Table.Td>
      <Amounts onHand={row.onHand} allocated={row.allocated} available={row.status === "AVAILABLE" ? row.available : 0} />
    </Table.Tr>
  );
}

function Amounts({ onHand, allocated, available }: { onHand: number; allocated: number; available: number }) {
  return (
    <>
      <Table.Td className="num">{formatQuantity(onHand)}</Table.Td>
      <Table.Td className="num" visibleFrom="sm">
        {formatQuantity(allocated)}
      </Table.Td>
      <Table.Td className="num">{formatQuantity(available)}</Table.Td>
    </>
  );
}

function Totals({ rows, withLots, uom }: { rows: readonly Balance[]; withLots: boolean; uom: string }) {
  const sums = sumBalances(rows);
  return (
    <Table.Tfoot>
      <Table.Tr fw={650}>
        <Table.Td visibleFrom="sm" />
        <Table.Th scope="row">{messages.item.total}</Table.Th>
        {withLots && <Table.Td visibleFrom="sm" colSpan={2} />}
        <Table.Td>{uom}</Table.Td>
        <Amounts {...sums} />
      </Table.Tr>
    </Table.Tfoot>
  );
}
