import { Button, Group, Text } from "@mantine/core";
import { type ComponentType, lazy, Suspense, useState } from "react";
import type { User } from "#contract/identity.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { useMe } from "./session.ts";
import { UserState } from "./user-badges.tsx";

const text = adminMessages.user;
const RoleDialog = lazy(() => import("./role-dialog.tsx"));
const SitesDialog = lazy(() => import("./sites-dialog.tsx"));

/** What someone may do and where, and the ways to change it. */
export function UserRights({ user }: { user: User }) {
  const codes = new Map(useMe().sites.map(({ id, code }) => [id, code]));
  const everywhere = user.role === "Admin";
  const where = user.siteIds.map((id) => codes.get(id) ?? "–").join(", ") || text.noSite;
  return (
    <Group gap="sm">
      <Text size="sm">{messages.role[user.role]}</Text>
      <Text size="sm">{everywhere ? adminMessages.users.adminSites : where}</Text>
      <UserState {...user} />
      <DialogButton label={text.role} dialog={RoleDialog} user={user} />
      {!everywhere && <DialogButton label={text.sites} dialog={SitesDialog} user={user} />}
    </Group>
  );
}

type UserDialog = ComponentType<{ user: User; onClose: () => void }>;

function DialogButton({ label, dialog: Opened, user }: { label: string; dialog: UserDialog; user: User }) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpened(true)}>
        {label}
      </Button>
      {opened && (
        <Suspense>
          <Opened user={user} onClose={() => setOpened(false)} />
        </Suspense>
      )}
    </>
  );
}
