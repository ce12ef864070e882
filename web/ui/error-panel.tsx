import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { ApiError } from "#web/api/client.ts";
import { messages } from "#web/messages.ts";

/** What failed, the number to name when asking for help, and a way to try again. */
export function ErrorPanel({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title={messages.error.title} role="alert">
      <Stack gap="xs">
        <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
        <Group gap="md">
          <Button size="xs" variant="default" onClick={onRetry}>
            {messages.error.retry}
          </Button>
          {requestId && (
            <Text size="xs">
              {messages.error.requestId} <Code>{requestId}</Code>
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
