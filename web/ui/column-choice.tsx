import { Button, Checkbox, Popover, Stack } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconColumns3 } from "@tabler/icons-react";
import { messages } from "#web/messages.ts";
import type { Column } from "./data-table.tsx";

/** Which columns of a list this browser shows; `hiddenAtFirst` until someone chose. */
export function useColumnChoice<Row>(list: string, columns: readonly Column<Row>[], hiddenAtFirst: readonly string[] = []) {
  const [hidden, setHidden] = useLocalStorage<readonly string[]>({
    key: `columns:${list}`,
    defaultValue: hiddenAtFirst,
    getInitialValueInEffect: false,
  });
  const visible = columns.filter(({ id, always }) => always || !hidden.includes(id));
  const choice = <ColumnChoice columns={columns} hidden={hidden} onChange={setHidden} />;
  return { visible, choice };
}

interface Props<Row> {
  columns: readonly Column<Row>[];
  hidden: readonly string[];
  onChange: (hidden: readonly string[]) => void;
}

function ColumnChoice<Row>({ columns, hidden, onChange }: Props<Row>) {
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={16} aria-hidden />}>
          {messages.list.columns}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={messages.list.columns}>
        <Stack gap="xs">
          {columns.map(({ id, header, always }) => (
            <Checkbox
              key={id}
              label={header}
              checked={always || !hidden.includes(id)}
              disabled={always ?? false}
              onChange={({ currentTarget }) => onChange(currentTarget.checked ? hidden.filter((name) => name !== id) : [...hidden, id])}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
