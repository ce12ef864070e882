import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Balance } from "#contract/ledger.ts";
import { messages } from "#web/messages.ts";
import type { Column } from "#web/ui/data-table.tsx";
import { formatDay, formatQuantity } from "#web/ui/format.ts";
import { StatusBadge } from "./badges.tsx";

const text = messages.balances;

export const balanceColumns: readonly Column<Balance>[] = [
  {
    id: "item",
    header: text.item,
    sortBy: "sku",
    always: true,
    cell: ({ itemId, sku, itemName }) => (
      <>
        <Link to="/items/$itemId" params={{ itemId }} className="cell-link">
          {sku}
        </Link>
        <Text size="xs" c="dimmed" lineClamp={1}>
          {itemName}
        </Text>
      </>
    ),
  },
  { id: "site", header: text.site, sortBy: "siteCode", wide: true, cell: ({ siteCode }) => siteCode },
  {
    id: "location",
    header: text.location,
    sortBy: "locationCode",
    always: true,
    cell: ({ locationId, locationCode, lotCode }) => (
      <>
        <Link to="/events" search={{ locationId }} className="cell-link">
          {locationCode}
        </Link>
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {lotCode}
        </Text>
      </>
    ),
  },
  { id: "lot", header: text.lot, wide: true, cell: ({ lotCode }) => lotCode ?? "–" },
  {
    id: "expires",
    header: text.expires,
    sortBy: "expiresOn",
    wide: true,
    cell: ({ expiresOn }) => (expiresOn ? formatDay(expiresOn) : "–"),
  },
  { id: "status", header: text.status, sortBy: "status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "onHand", header: text.onHand, sortBy: "onHand", numeric: true, cell: ({ onHand, uom }) => `${formatQuantity(onHand)} ${uom}` },
  { id: "allocated", header: text.allocated, numeric: true, wide: true, cell: ({ allocated }) => formatQuantity(allocated) },
  {
    id: "available",
    header: text.available,
    numeric: true,
    wide: true,
    cell: ({ available, status }) => formatQuantity(status === "AVAILABLE" ? available : 0),
  },
];
