import { Button, Group } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { messages } from "#web/messages.ts";

interface Props {
  cursor: string | undefined;
  next: string | null;
  onCursor: (cursor: string | undefined) => void;
}

/** From the newest, ever further back: the browser's back button leads the way back. */
export function KeysetPager({ cursor, next, onCursor }: Props) {
  if (!cursor && !next) return null;
  return (
    <Group component="nav" justify="flex-end" gap="xs" aria-label={messages.list.paging}>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconChevronLeft size={14} aria-hidden />}
        disabled={!cursor}
        onClick={() => onCursor(undefined)}
      >
        {messages.list.newest}
      </Button>
      <Button
        size="xs"
        variant="default"
        rightSection={<IconChevronRight size={14} aria-hidden />}
        disabled={!next}
        onClick={() => onCursor(next ?? undefined)}
      >
        {messages.list.older}
      </Button>
    </Group>
  );
}
