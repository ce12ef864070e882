import { Badge, Box, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { InventoryEvent } from "#contract/ledger.ts";
import { messages } from "#web/messages.ts";
import type { Column } from "#web/ui/data-table.tsx";
import { formatInstant, formatQuantity } from "#web/ui/format.ts";
import { EventBadge } from "./badges.tsx";
import { ReverseButton } from "./reverse-button.tsx";

const text = messages.events;

/** How an event stands in a table. */
export const eventColumns: readonly Column<InventoryEvent>[] = [
  { id: "when", header: text.when, always: true, cell: (event) => <WhenCell event={event} /> },
  { id: "type", header: text.type, always: true, wide: true, cell: (event) => <TypeCell event={event} /> },
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
    id: "from",
    header: text.from,
    wide: true,
    cell: ({ fromLocationId, fromLocationCode }) => <Place id={fromLocationId} code={fromLocationCode} />,
  },
  { id: "to", header: text.to, wide: true, cell: ({ toLocationId, toLocationCode }) => <Place id={toLocationId} code={toLocationCode} /> },
  { id: "lot", header: text.lot, wide: true, cell: ({ lotCode }) => lotCode ?? "–" },
  { id: "reason", header: text.reason, wide: true, cell: ({ reasonCode, note }) => <ReasonCell reasonCode={reasonCode} note={note} /> },
  { id: "by", header: text.by, wide: true, cell: ({ userName }) => <span className="nowrap">{userName}</span> },
  { id: "actions", header: text.actions, wide: true, cell: (event) => <ReverseButton event={event} /> },
];

/** On a phone with what it was and where: the columns for that have no room there. */
function WhenCell({ event }: { event: InventoryEvent }) {
  return (
    <>
      <Box hiddenFrom="sm" mb={2}>
        <TypeCell event={event} />
      </Box>
      <span className="nowrap">{formatInstant(event.recordedAt)}</span>
      <Text size="xs" c="dimmed" hiddenFrom="sm">
        <span className="unbroken">{event.fromLocationCode ?? text.outside} →</span>{" "}
        <span className="unbroken">{event.toLocationCode ?? text.outside}</span>
      </Text>
    </>
  );
}

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

/** On a phone with what can be done about it. */
function QuantityCell({ event }: { event: InventoryEvent }) {
  const { quantity, uom, enteredQuantity, enteredUom } = event;
  return (
    <>
      {formatQuantity(quantity)} {uom}
      {enteredUom !== uom && (
        <Text size="xs" c="dimmed">
          {formatQuantity(enteredQuantity)} {enteredUom}
        </Text>
      )}
      <Box hiddenFrom="sm" mt={4}>
        <ReverseButton event={event} />
      </Box>
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
