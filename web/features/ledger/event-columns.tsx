import { Badge, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { InventoryEvent } from "#contract/ledger.ts";
import { messages } from "#web/messages.ts";
import type { Column } from "#web/ui/data-table.tsx";
import { formatInstant, formatQuantity } from "#web/ui/format.ts";
import { EventBadge } from "./badges.tsx";
import { ReverseButton } from "./reverse-button.tsx";

const text = messages.events;

/** How an event stands in a table; the first three are what it is known by. */
export const eventColumns: readonly Column<InventoryEvent>[] = [
  { id: "when", header: text.when, always: true, cell: ({ recordedAt }) => <span className="nowrap">{formatInstant(recordedAt)}</span> },
  { id: "type", header: text.type, always: true, cell: (event) => <TypeCell event={event} /> },
  {
    id: "item",
    header: text.item,
    cell: ({ itemId, sku, id }) => (
      <Link to="/items/$itemId" params={{ itemId }} search={{ event: id }} className="cell-link">
        {sku}
      </Link>
    ),
  },
  { id: "quantity", header: text.quantity, numeric: true, cell: (event) => <QuantityCell event={event} /> },
  {
    id: "where",
    header: text.where,
    narrow: true,
    cell: ({ fromLocationCode, toLocationCode }) => `${fromLocationCode ?? ""} → ${toLocationCode ?? ""}`,
  },
  {
    id: "from",
    header: text.from,
    wide: true,
    cell: ({ fromLocationId, fromLocationCode }) => <Place id={fromLocationId} code={fromLocationCode} />,
  },
  { id: "to", header: text.to, wide: true, cell: ({ toLocationId, toLocationCode }) => <Place id={toLocationId} code={toLocationCode} /> },
  { id: "lot", header: text.lot, wide: true, cell: ({ lotCode }) => lotCode ?? "–" },
  { id: "reason", header: text.reason, wide: true, cell: ({ reasonCode, note }) => <ReasonCell reasonCode={reasonCode} note={note} /> },
  { id: "by", header: text.by, wide: true, cell: ({ userName }) => <span className="nowrap">{userName}</span> },
  { id: "actions", header: text.actions, cell: (event) => <ReverseButton event={event} /> },
];

function TypeCell({ event: { type, reversesEventId } }: { event: InventoryEvent }) {
  return (
    <Group gap={4} wrap="nowrap">
      <EventBadge type={type} />
      {reversesEventId && (
        <Badge variant="outline" color="gray">
          {text.isReversal}
        </Badge>
      )}
    </Group>
  );
}

function QuantityCell({ event: { quantity, uom, enteredQuantity, enteredUom } }: { event: InventoryEvent }) {
  return (
    <>
      {formatQuantity(quantity)} {uom}
      {enteredUom !== uom && (
        <Text size="xs" c="dimmed">
          {formatQuantity(enteredQuantity)} {enteredUom}
        </Text>
      )}
    </>
  );
}

function Place({ id, code }: { id: string | null; code: string | null }) {
  if (!id) {
    return (
      <Text span inherit c="dimmed">
        {text.outside}
      </Text>
    );
  }
  return (
    <Link to="/balances" search={{ locationId: id }} className="cell-link">
      {code ?? "–"}
    </Link>
  );
}

function ReasonCell({ reasonCode, note }: { reasonCode: string | null; note: string | null }) {
  if (!reasonCode && !note) return "–";
  return (
    <>
      {reasonCode}
      {note && (
        <Text size="xs" c="dimmed" lineClamp={2} maw={240}>
          {note}
        </Text>
      )}
    </>
  );
}
