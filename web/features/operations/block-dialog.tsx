import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { BlockAddress } from "#contract/operations.ts";
import { useSubmitKey } from "#web/api/submit-key.ts";
import { errorsOf, refusalByField } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { announce } from "#web/ui/announce.ts";
import { Dialog } from "#web/ui/dialog.tsx";
import { focusFirstError } from "#web/ui/focus-first-error.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { blockAddress } from "./api.ts";

const text = adminMessages.security.blocked;
type Values = { address: string; minutes: string; reason: string };
const fields = ["address", "minutes", "reason"];
const requestOf = ({ minutes, ...values }: Values): BlockAddress => ({ ...values, minutes: Number(minutes) });

export default function BlockDialog({ onClose }: { onClose: () => void }) {
  const form = useForm<Values>({
    initialValues: { address: "", minutes: "60", reason: "" },
    validate: (values) => errorsOf(BlockAddress, requestOf(values)),
  });
  const element = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState("");
  const { mutate, isPending } = useBlocking(onClose, ({ "": message = "", ...byField }) => {
    setProblem(message);
    form.setErrors(byField);
    focusFirstError(element.current);
  });
  const durations = text.durations.map(([minutes, label]) => ({ value: String(minutes), label }));
  return (
    <Dialog title={text.blockTitle} onClose={onClose}>
      <form
        ref={element}
        noValidate
        onSubmit={(submitted) =>
          form.onSubmit(
            (values) => mutate(requestOf(values)),
            () => focusFirstError(element.current),
          )(submitted)
        }
      >
        <Stack>
          <Text size="sm">{text.blockWhat}</Text>
          {problem && <FormAlert>{problem}</FormAlert>}
          <TextInput label={text.address} description={text.addressHint} required {...form.getInputProps("address")} data-autofocus />
          <NativeSelect label={text.duration} data={durations} {...form.getInputProps("minutes")} />
          <TextInput label={text.reason} required maxLength={200} {...form.getInputProps("reason")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {messages.dialog.cancel}
            </Button>
            <Button type="submit" color="red.9" loading={isPending}>
              {text.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function useBlocking(onDone: () => void, onRefused: (byField: Record<string, string>) => void) {
  const queryClient = useQueryClient();
  const key = useSubmitKey();
  return useMutation({
    mutationFn: (request: BlockAddress) => blockAddress(request, key.keyFor(request)),
    onSuccess: async ({ address }) => {
      key.done();
      void announce(text.done(address));
      await queryClient.invalidateQueries({ queryKey: ["security"] });
      onDone();
    },
    onError: (error) => onRefused(refusalByField(error, (path) => (fields.includes(path) ? path : ""))),
  });
}
