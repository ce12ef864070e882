import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import type { User } from "#contract/identity.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { announce } from "#web/ui/announce.ts";
import { ConfirmButton } from "#web/ui/confirm-button.tsx";
import { NotAllowed } from "#web/ui/not-allowed.tsx";
import { Page } from "#web/ui/page.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { makePasswordLink, userQuery } from "./users-api.ts";
import { useMe } from "./session.ts";
import { LinkToHandOver } from "./link-to-hand-over.tsx";
import { UserRights } from "./user-rights.tsx";
import { UserSessions } from "./user-sessions.tsx";

const text = adminMessages.user;
const route = getRouteApi("/frame/admin/users/$userId");

export function UserPage() {
  if (useMe().role !== "Admin") return <NotAllowed title={adminMessages.users.title} reason={messages.admin.notAllowed} />;
  return <OneUser />;
}

function OneUser() {
  const { userId } = route.useParams();
  const query = useQuery(userQuery(userId));
  const user = query.data;
  return (
    <Page title={user?.name ?? adminMessages.users.title} subtitle={user?.email}>
      <QueryState query={query}>
        {(loaded) => (
          <Stack gap="lg">
            <UserRights user={loaded} />
            {loaded.active && <PasswordLink user={loaded} />}
            <UserSessions user={loaded} />
          </Stack>
        )}
      </QueryState>
    </Page>
  );
}

/** Sent by mail where mail is set up; shown once, to be handed over, where it is not. */
function PasswordLink({ user: { id, name, email } }: { user: User }) {
  const [url, setUrl] = useState<string | null>(null);
  const action = {
    label: text.link,
    title: text.linkTitle(name),
    what: text.linkWhat(name),
    run: async () => {
      const link = await makePasswordLink(id);
      setUrl(link.url);
      if (link.url === null) void announce(text.linkSent(email));
    },
  };
  return (
    <Stack gap="xs" align="flex-start">
      <ConfirmButton action={action} size="xs" variant="default" />
      {url && <LinkToHandOver url={url} />}
    </Stack>
  );
}
