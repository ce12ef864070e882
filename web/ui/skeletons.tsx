import { Skeleton, Stack } from "@mantine/core";
import { messages } from "#web/messages.ts";

const lines = (count: number, height: number) =>
  Array.from({ length: count }, (_, line) => <Skeleton key={line} height={height} radius="sm" />);

export function ListSkeleton({ rows = 8 }: { rows?: number }) {
  return (
    <Stack gap={6} role="status" aria-label={messages.loading}>
      {lines(rows, 30)}
    </Stack>
  );
}

export function PageSkeleton() {
  return (
    <Stack gap="md" role="status" aria-label={messages.loading} p="md">
      <Skeleton height={28} width={180} />
      {lines(6, 36)}
    </Stack>
  );
}
