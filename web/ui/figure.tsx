import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** One number that matters, and what it counts. */
export function Figure({ label, value, note }: { label: string; value: string; note?: ReactNode }) {
  return (
    <Paper px="md" py="sm" h="100%">
      <Text size="xs" c="dimmed" fw={600}>
        {label}
      </Text>
      <Text className="figure" fw={650}>
        {value}
      </Text>
      {note && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </Paper>
  );
}
