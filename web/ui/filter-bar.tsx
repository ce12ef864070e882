import { Button, Indicator } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconFilter } from "@tabler/icons-react";
import { type ReactNode, useId } from "react";
import { messages } from "#web/messages.ts";

interface Props {
  /** Always there; the rest opens on a phone. */
  first: ReactNode;
  /** Whether the rest filters anything now. */
  active: boolean;
  children: ReactNode;
}

export function FilterBar({ first, active, children }: Props) {
  const [opened, { toggle }] = useDisclosure();
  const id = useId();
  return (
    <div className="filter-bar" role="search">
      <div className="filter-bar-first">
        {first}
        <Indicator disabled={!active} hiddenFrom="sm" label={<span className="visually-hidden">{messages.list.filtered}</span>} size={10}>
          <Button
            variant="default"
            leftSection={<IconFilter size={16} aria-hidden />}
            onClick={toggle}
            aria-expanded={opened}
            aria-controls={id}
          >
            {messages.list.filters}
          </Button>
        </Indicator>
      </div>
      <div className="filter-bar-rest" id={id} data-opened={opened || undefined}>
        {children}
      </div>
    </div>
  );
}
