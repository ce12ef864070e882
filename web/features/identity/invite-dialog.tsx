import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { InvitedUser } from "#contract/account.ts";
import { CreateUser, type Role, roles } from "#contract/identity.ts";
import { errorsOf, type FieldErrors, refusalByField } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { announce } from "#web/ui/announce.ts";
import { Dialog } from "#web/ui/dialog.tsx";
import { DialogForm, useDialogForm } from "#web/ui/dialog-form.tsx";
import { LinkToHandOver } from "./link-to-hand-over.tsx";
import { SiteChoice } from "./site-choice.tsx";
import { inviteUser } from "./users-api.ts";

const text = adminMessages.users;
type Values = { name: string; email: string; role: Role; siteIds: string[] };
const fields = ["name", "email", "role", "siteIds"];
const requestOf = ({ siteIds, ...values }: Values): CreateUser => ({ ...values, siteIds: values.role === "Admin" ? [] : siteIds });

export default function InviteDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<InvitedUser | null>(null);
  const url = made?.invitation.url;
  return (
    <Dialog title={text.invite} onClose={onClose}>
      {url ? (
        <Stack role="status">
          <LinkToHandOver url={url} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {messages.dialog.close}
            </Button>
          </Group>
        </Stack>
      ) : (
        <InviteForm
          onClose={onClose}
          onMade={(user) => {
            setMade(user);
            if (user.invitation.url) return;
            void announce(text.inviteSent(user.email));
            onClose();
          }}
        />
      )}
    </Dialog>
  );
}

function InviteForm({ onClose, onMade }: { onClose: () => void; onMade: (user: InvitedUser) => void }) {
  const dialog = useDialogForm<Values>({
    initialValues: { name: "", email: "", role: "Operator", siteIds: [] },
    validate: (values) => errorsOf(CreateUser, requestOf(values)),
  });
  const { form, refuse } = dialog;
  const { mutate, isPending } = useInvitation(onMade, refuse);
  return (
    <DialogForm
      dialog={dialog}
      what={text.inviteWhat}
      submit={text.submit}
      pending={isPending}
      onSubmit={(values) => mutate(requestOf(values))}
      onClose={onClose}
    >
      <TextInput label={text.name} required {...form.getInputProps("name")} data-autofocus />
      <TextInput label={text.email} type="email" required {...form.getInputProps("email")} />
      <NativeSelect
        label={text.role}
        data={roles.map((role) => ({ value: role, label: messages.role[role] }))}
        {...form.getInputProps("role")}
      />
      {form.values.role === "Admin" ? <Text size="sm">{text.adminSites}</Text> : <SiteChoice {...form.getInputProps("siteIds")} />}
    </DialogForm>
  );
}

function useInvitation(onMade: (user: InvitedUser) => void, onRefused: (byField: FieldErrors) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: inviteUser,
    onSuccess: (user) => {
      void queryClient.invalidateQueries({ queryKey: ["users"] });
      onMade(user);
    },
    onError: (error) =>
      onRefused(refusalByField(error, (path) => fields.find((field) => path === field || path.startsWith(`${field}.`)) ?? "")),
  });
}
