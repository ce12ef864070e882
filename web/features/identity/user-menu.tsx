import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconDeviceDesktop, IconLogout, IconMoon, IconShieldLock, IconSun, IconUser } from "@tabler/icons-react";
import { messages } from "#web/messages.ts";
import { LinkMenuItem } from "#web/ui/menu-links.tsx";
import { useMe, useSignOut } from "./session.ts";

const text = messages.frame;
const schemes = [
  ["auto", IconDeviceDesktop],
  ["light", IconSun],
  ["dark", IconMoon],
] as const;

export default function UserMenu({ defaultOpened }: { defaultOpened: boolean }) {
  const me = useMe();
  const signOut = useSignOut();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={240} defaultOpened={defaultOpened} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={text.user(me.user.name)}>
          <IconUser size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.user.name}
          <br />
          {me.user.email}
          <br />
          {messages.role[me.role]} · {me.tenant.name}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{text.colorScheme}</Menu.Label>
        {schemes.map(([scheme, Icon]) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={16} aria-hidden />}
            rightSection={colorScheme === scheme ? <IconCheck size={16} aria-hidden /> : null}
            aria-current={colorScheme === scheme}
            onClick={() => setColorScheme(scheme)}
          >
            {text.schemes[scheme]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <LinkMenuItem to="/account" leftSection={<IconShieldLock size={16} aria-hidden />}>
          {messages.account.menu}
        </LinkMenuItem>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut()}>
          {text.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
