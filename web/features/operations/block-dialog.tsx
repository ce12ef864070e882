import { NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { BlockAddress } from "#contract/operations.ts";
import { useSubmitKey } from "#web/api/submit-key.ts";
import { errorsOf, type FieldErrors, refusalByField } from "#web/api/validate.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { announce } from "#web/ui/announce.ts";
import { Dialog } from "#web/ui/dialog.tsx";
import { DialogForm, useDialogForm } from "#web/ui/dialog-form.tsx";
import { blockAddress } from "./api.ts";

const text = adminMessages.security.blocked;
type Values = { address: string; minutes: string; reason: string };
const fields = ["address", "minutes", "reason"];
const requestOf = ({ minutes, ...values }: Values): BlockAddress => ({ ...values, minutes: Number(minutes) });

export default function BlockDialog({ onClose }: { onClose: () => void }) {
  const dialog = useDialogForm<Values>({
    initialValues: { address: "", minutes: "60", reason: "" },
    validate: (values) => errorsOf(BlockAddress, requestOf(values)),
  });
  const { form, refuse } = dialog;
  const { mutate, isPending } = useBlocking(onClose, refuse);
  const durations = text.durations.map(([minutes, label]) => ({ value: String(minutes), label }));
  return (
    <Dialog title={text.blockTitle} onClose={onClose}>
      <DialogForm
        dialog={dialog}
        what={text.blockWhat}
        submit={text.submit}
        harmful
        pending={isPending}
        onSubmit={(values) => mutate(requestOf(values))}
        onClose={onClose}
      >
        <TextInput label={text.address} description={text.addressHint} required {...form.getInputProps("address")} data-autofocus />
        <NativeSelect label={text.duration} data={durations} {...form.getInputProps("minutes")} />
        <TextInput label={text.reason} required maxLength={200} {...form.getInputProps("reason")} />
      </DialogForm>
    </Dialog>
  );
}

function useBlocking(onDone: () => void, onRefused: (byField: FieldErrors) => void) {
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
