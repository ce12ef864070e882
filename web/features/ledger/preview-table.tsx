import { Paper, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Item } from "#contract/catalog.ts";
import type { Balance } from "#contract/ledger.ts";
import { locationQuery } from "#web/features/sites/api.ts";
import { messages } from "#web/messages.ts";
import { formatQuantity } from "#web/ui/format.ts";
import { StatusBadge } from "./badges.tsx";
import type { Entry } from "./entry.ts";
import { type Change, changesOf } from "./preview.ts";

const text = messages.post;

/** What the movement will make of the stock, in numbers, before it is posted. */
export function PreviewTable({ entry, item, balances }: { entry: Entry; item: Item; balances: readonly Balance[] }) {
  const changes = changesOf(entry, item, balances);
  if (changes.length === 0) return null;
  return (
    <Paper component="section" aria-label={text.preview}>
      <Text fw={600} size="sm" px="md" pt="sm">
        {text.preview}
      </Text>
      <div className="table-frame">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{text.place}</Table.Th>
              <Table.Th scope="col">{messages.balances.status}</Table.Th>
              <Table.Th scope="col" className="num">
                {text.now}
              </Table.Th>
              <Table.Th scope="col" className="num">
                {text.after}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changes.map((change) => (
              <ChangeRow key={`${change.locationId} ${change.status}`} change={change} uom={item.baseUom} />
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Paper>
  );
}

function ChangeRow({ change: { locationId, locationCode, lotCode, status, before, after }, uom }: { change: Change; uom: string }) {
  const { data } = useQuery({ ...locationQuery(locationId), enabled: locationCode === null });
  return (
    <Table.Tr>
      <Table.Td>{[locationCode ?? data?.code ?? "…", lotCode].filter(Boolean).join(" · ")}</Table.Td>
      <Table.Td>
        <StatusBadge status={status} />
      </Table.Td>
      <Table.Td className="num">
        {formatQuantity(before)} {uom}
      </Table.Td>
      <Table.Td className="num" fw={650}>
        {formatQuantity(after)} {uom}
      </Table.Td>
    </Table.Tr>
  );
}
