import { Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { InvitedUser } from "#contract/account.ts";
import { CreateUser, type Role, roles } from "#contract/identity.ts";
import { errorsOf, type FieldErrors, refusalByField } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { announce } from "#web/ui/announce.ts";
import { Dialog } from "#web/ui/dialog.tsx";
import { focusFirstError } from "#web/ui/focus-first-error.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { LinkToHandOver } from "./link-to-hand-over.tsx";
import { useMe } from "./session.ts";
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
              {messages.reverse.close}
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
  const form = useForm<Values>({
    initialValues: { name: "", email: "", role: "Operator", siteIds: [] },
    validate: (values) => errorsOf(CreateUser, requestOf(values)),
  });
  const element = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState("");
  const { mutate, isPending } = useInvitation(onMade, ({ "": message = "", ...byField }) => {
    setProblem(message);
    form.setErrors(byField);
    focusFirstError(element.current);
  });
  return (
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
        <Text size="sm">{text.inviteWhat}</Text>
        {problem && <FormAlert>{problem}</FormAlert>}
        <TextInput label={text.name} required {...form.getInputProps("name")} data-autofocus />
        <TextInput label={text.email} type="email" required {...form.getInputProps("email")} />
        <NativeSelect
          label={text.role}
          data={roles.map((role) => ({ value: role, label: messages.role[role] }))}
          {...form.getInputProps("role")}
        />
        {form.values.role === "Admin" ? <Text size="sm">{text.adminSites}</Text> : <Sites {...form.getInputProps("siteIds")} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {messages.dialog.cancel}
          </Button>
          <Button type="submit" loading={isPending}>
            {text.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Sites(props: { value?: string[]; onChange?: (siteIds: string[]) => void; error?: React.ReactNode }) {
  const sites = useMe().sites.filter(({ active }) => active);
  return (
    <Checkbox.Group label={text.sites} {...props}>
      <Group gap="md" pt={4}>
        {sites.length === 0 && <Text size="sm">{text.noSites}</Text>}
        {sites.map(({ id, code, name }) => (
          <Checkbox key={id} value={id} label={`${name} (${code})`} />
        ))}
      </Group>
    </Checkbox.Group>
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
