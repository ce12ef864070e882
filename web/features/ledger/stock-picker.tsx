import { Select } from "@mantine/core";
import type { ReactNode } from "react";
import type { Balance, StockStatus } from "#contract/ledger.ts";
import { useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { formatQuantity } from "#web/ui/format.ts";
import type { StockKey } from "./entry.ts";

const text = messages.post;
const nameOf = ({ locationId, lotId, status }: StockKey) => `${locationId} ${lotId ?? "-"} ${status}`;

interface Props {
  label: string;
  balances: readonly Balance[];
  loading: boolean;
  /** Only stock in this state. */
  status: StockStatus | undefined;
  itemChosen: boolean;
  value: StockKey | null;
  error: ReactNode;
  onChange: (key: StockKey | null) => void;
}

/** Where an item lies now: place, lot and state in one choice, with what is available there. */
export function StockPicker({ label, balances, loading, status, itemChosen, value, error, onChange }: Props) {
  const severalSites = useMe().sites.length > 1;
  const rows = balances.filter((row) => row.available > 0 && (!status || row.status === status));
  const byName = new Map(rows.map((row) => [nameOf(row), row]));
  const describe = (row: Balance) =>
    [
      row.locationCode,
      ...(severalSites ? [row.siteCode] : []),
      ...(row.lotCode ? [row.lotCode] : []),
      ...(status ? [] : [messages.status[row.status]]),
      `${formatQuantity(row.available)} ${row.uom}`,
    ].join(" · ");
  const nothing = itemChosen && !loading && rows.length === 0;
  return (
    <Select
      label={label}
      required
      searchable
      clearable
      openOnFocus={false}
      disabled={!itemChosen}
      placeholder={itemChosen ? text.sourceHint : text.chooseItemFirst}
      description={nothing ? text.nothingToTake(status ? messages.status[status] : Object.values(messages.status).join(", ")) : undefined}
      nothingFoundMessage={messages.nothingFound}
      data={[...byName].map(([name, row]) => ({ value: name, label: describe(row) }))}
      value={value ? nameOf(value) : null}
      error={error}
      onChange={(name) => {
        const row = name === null ? undefined : byName.get(name);
        onChange(row ? { locationId: row.locationId, lotId: row.lotId, status: row.status } : null);
      }}
    />
  );
}
