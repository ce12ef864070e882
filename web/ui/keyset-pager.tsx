import { Group } from "@mantine/core";
import { messages } from "#web/messages.ts";
import { PageSteps } from "./page-steps.tsx";

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
      <PageSteps
        back={{ label: messages.list.newest, go: cursor ? () => onCursor(undefined) : undefined }}
        forward={{ label: messages.list.older, go: next ? () => onCursor(next) : undefined }}
      />
    </Group>
  );
}
