import { Group, Text } from "@mantine/core";
import type { Page } from "#contract/list.ts";
import { messages } from "#web/messages.ts";
import { PageSteps } from "./page-steps.tsx";

interface Props {
  page: Page;
  rows: number;
  onPage: (page: number) => void;
}

/** "51–100 of 504" with a step each way; the page's number lives in the address. */
export function Pager({ page, rows, onPage }: Props) {
  const number = Math.floor(page.offset / page.limit) + 1;
  return (
    <Group component="nav" justify="space-between" gap="xs" aria-label={messages.list.paging}>
      <Text size="sm" c="dimmed" aria-live="polite">
        {messages.list.range(page.offset + 1, page.offset + rows, page.total)}
      </Text>
      {(number > 1 || page.hasMore) && (
        <Group gap="xs">
          <PageSteps
            back={{ label: messages.list.previous, go: number > 1 ? () => onPage(number - 1) : undefined }}
            forward={{ label: messages.list.next, go: page.hasMore ? () => onPage(number + 1) : undefined }}
          />
        </Group>
      )}
    </Group>
  );
}

export const pageSize = 50;
export const offsetOf = (page: string | undefined) => (Math.max(1, Number.parseInt(page ?? "1", 10) || 1) - 1) * pageSize;
