import { useMutation } from "@tanstack/react-query";
import type { User } from "#contract/identity.ts";
import { refusalByField } from "#web/api/validate.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { announce } from "#web/ui/announce.ts";
import { Dialog } from "#web/ui/dialog.tsx";
import { DialogForm, useDialogForm } from "#web/ui/dialog-form.tsx";
import { SiteChoice } from "./site-choice.tsx";
import { setSiteAccess, useForgetUser } from "./users-api.ts";

const text = adminMessages.user;

export default function SitesDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const dialog = useDialogForm<{ siteIds: string[] }>({ initialValues: { siteIds: user.siteIds } });
  const forget = useForgetUser(user.id);
  const { mutate, isPending } = useMutation({
    mutationFn: (siteIds: readonly string[]) => setSiteAccess(user, siteIds),
    onSuccess: async () => {
      void announce(text.sitesChanged(user.name));
      await forget();
      onClose();
    },
    onError: (error) => dialog.refuse(refusalByField(error, (path) => (path.startsWith("siteIds") ? "siteIds" : ""))),
  });
  return (
    <Dialog title={text.sitesTitle(user.name)} onClose={onClose}>
      <DialogForm
        dialog={dialog}
        what={text.sitesWhat(user.name)}
        submit={text.sites}
        pending={isPending}
        onSubmit={({ siteIds }) => mutate(siteIds)}
        onClose={onClose}
      >
        <SiteChoice {...dialog.form.getInputProps("siteIds")} />
      </DialogForm>
    </Dialog>
  );
}
