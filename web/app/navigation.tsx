import { Text, UnstyledButton } from "@mantine/core";
import {
  IconBox,
  IconDots,
  IconHistory,
  IconLayoutDashboard,
  IconStack2,
  IconShieldLock,
  IconTransfer,
  IconUsers,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { lazy } from "react";
import { mayWork, useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { LinkNav } from "#web/ui/links.tsx";
import { MenuOnDemand } from "#web/ui/menu-on-demand.tsx";

const loadMoreMenu = () => import("./more-menu.tsx");
const MoreMenu = lazy(loadMoreMenu);
const iconProps = { size: 18, stroke: 1.7, "aria-hidden": true } as const;
const text = messages.frame;
const dashboard = { to: "/", label: text.dashboard, Icon: IconLayoutDashboard } as const;
const items = { to: "/items", label: text.items, Icon: IconBox } as const;
const balances = { to: "/balances", label: text.balances, Icon: IconStack2 } as const;
const events = { to: "/events", label: text.events, Icon: IconHistory } as const;
const users = { to: "/admin/users", label: messages.admin.users, Icon: IconUsers } as const;
const security = { to: "/admin/security", label: messages.admin.security, Icon: IconShieldLock } as const;
const post = { to: "/post", label: text.post, Icon: IconTransfer } as const;

export function SideNavigation() {
  const me = useMe();
  const worker = mayWork(me);
  return (
    <>
      <SideLink place={dashboard} />
      <Heading>{text.inventory}</Heading>
      <SideLink place={items} />
      <SideLink place={balances} />
      <SideLink place={events} />
      {worker && <SideLink place={post} />}
      {me.role === "Admin" && (
        <>
          <Heading>{messages.admin.heading}</Heading>
          <SideLink place={users} />
          <SideLink place={security} />
        </>
      )}
    </>
  );
}

const Heading = ({ children }: { children: string }) => (
  <Text size="xs" c="dimmed" fw={600} px="sm" pt="md" pb={4}>
    {children}
  </Text>
);

type Place = typeof users | typeof security | typeof dashboard | typeof items | typeof balances | typeof events | typeof post;

function SideLink({ place: { to, label, Icon } }: { place: Place }) {
  return (
    <LinkNav
      to={to}
      label={label}
      leftSection={<Icon {...iconProps} />}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      activeProps={{ active: true }}
    />
  );
}

/** On a phone: what the floor needs most, under the thumb. */
export function BottomBar() {
  const worker = mayWork(useMe());
  const places = worker ? [dashboard, items, balances, { ...post, label: text.postShort }] : [dashboard, items, balances];
  return (
    <nav aria-label={text.navigation} className="bottom-bar">
      {places.map(({ to, label, Icon }) => (
        <Link
          key={to}
          to={to}
          className="bottom-bar-link"
          activeOptions={{ exact: to === "/", includeSearch: false }}
          activeProps={{ "data-active": true }}
        >
          <Icon {...iconProps} />
          {label}
        </Link>
      ))}
      <MenuOnDemand menu={MoreMenu} preload={loadMoreMenu}>
        {(props) => (
          <UnstyledButton className="bottom-bar-link" {...props}>
            <IconDots {...iconProps} />
            {text.more}
          </UnstyledButton>
        )}
      </MenuOnDemand>
    </nav>
  );
}
