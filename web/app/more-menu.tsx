import { Menu, UnstyledButton } from "@mantine/core";
import { IconDots, IconHistory, IconShieldLock, IconUsers } from "@tabler/icons-react";
import { useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { LinkMenuItem } from "#web/ui/menu-links.tsx";

export default function MoreMenu({ defaultOpened }: { defaultOpened: boolean }) {
  const admin = useMe().role === "Admin";
  return (
    <Menu position="top-end" defaultOpened={defaultOpened} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton className="bottom-bar-link">
          <IconDots size={18} aria-hidden />
          {messages.frame.more}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <LinkMenuItem to="/events" leftSection={<IconHistory size={18} aria-hidden />}>
          {messages.frame.events}
        </LinkMenuItem>
        {admin && (
          <>
            <LinkMenuItem to="/admin/users" leftSection={<IconUsers size={18} aria-hidden />}>
              {messages.admin.users}
            </LinkMenuItem>
            <LinkMenuItem to="/admin/security" leftSection={<IconShieldLock size={18} aria-hidden />}>
              {messages.admin.security}
            </LinkMenuItem>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
