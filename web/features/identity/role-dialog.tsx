import { NativeSelect, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type Role, roles, type User } from "#contract/identity.ts";
import { refusalByField } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { announce } from "#web/ui/announce.ts";
import { Dialog } from "#web/ui/dialog.tsx";
import { DialogForm, useDialogForm } from "#web/ui/dialog-form.tsx";
import { changeRole, useForgetUser } from "./users-api.ts";

const text = adminMessages.user;

export default function RoleDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const dialog = useDialogForm<{ role: Role }>({
    initialValues: { role: user.role },
    validate: ({ role }) => (role === user.role ? { role: text.sameRole } : {}),
  });
  const forget = useForgetUser(user.id);
  const { mutate, isPending } = useMutation({
    mutationFn: (role: Role) => changeRole(user, role),
    onSuccess: async ({ role }) => {
      void announce(text.roleChanged(user.name, messages.role[role]));
      await forget();
      onClose();
    },
    onError: (error) => dialog.refuse(refusalByField(error, (path) => (path === "role" ? path : ""))),
  });
  return (
    <Dialog title={text.roleTitle(user.name)} onClose={onClose}>
      <DialogForm
        dialog={dialog}
        what={text.roleWhat(user.name)}
        submit={text.role}
        harmful
        pending={isPending}
        onSubmit={({ role }) => mutate(role)}
        onClose={onClose}
      >
        <NativeSelect
          label={adminMessages.users.role}
          data={roles.map((role) => ({ value: role, label: messages.role[role] }))}
          {...dialog.form.getInputProps("role")}
          data-autofocus
        />
        <Text size="sm">{text.may[dialog.form.values.role]}</Text>
      </DialogForm>
    </Dialog>
  );
}
