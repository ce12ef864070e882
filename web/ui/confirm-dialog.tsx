import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { ApiError } from "#web/api/client.ts";
import { messages } from "#web/messages.ts";
import { announce } from "./announce.ts";
import type { Action } from "./confirm-button.tsx";
import { Dialog } from "./dialog.tsx";
import { FormAlert } from "./form-alert.tsx";

/** Says what will happen before it does, and what went wrong when it did not. */
export default function ConfirmDialog({ action, onClose }: { action: Action; onClose: () => void }) {
  const { title, what, label, confirm = label, harmful, run, done } = action;
  const { mutate, isPending, error } = useMutation({
    mutationFn: run,
    onSuccess: () => {
      if (done) void announce(done);
      onClose();
    },
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <Stack>
        <Text>{what}</Text>
        {error && (
          <FormAlert>
            <Text size="sm">{error.message}</Text>
            {error instanceof ApiError && error.requestId && (
              <Text size="xs">
                {messages.error.requestId} <Code>{error.requestId}</Code>
              </Text>
            )}
          </FormAlert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {messages.dialog.cancel}
          </Button>
          <Button {...(harmful ? { color: "red.9" } : {})} loading={isPending} onClick={() => mutate()} data-autofocus>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
