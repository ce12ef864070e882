import { Menu, UnstyledButton } from "@mantine/core";
import { IconDots, IconHistory } from "@tabler/icons-react";
import { messages } from "#web/messages.ts";
import { LinkMenuItem } from "#web/ui/menu-links.tsx";

export default function MoreMenu({ defaultOpened }: { defaultOpened: boolean }) {
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
      </Menu.Dropdown>
    </Menu>
  );
}
