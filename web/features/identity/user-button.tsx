import { ActionIcon } from "@mantine/core";
import { IconUser } from "@tabler/icons-react";
import { lazy } from "react";
import { messages } from "#web/messages.ts";
import { MenuOnDemand } from "#web/ui/menu-on-demand.tsx";
import { useMe } from "./session.ts";

const loadMenu = () => import("./user-menu.tsx");
const UserMenu = lazy(loadMenu);

export function UserButton() {
  const { user } = useMe();
  return (
    <MenuOnDemand menu={UserMenu} preload={loadMenu}>
      {(props) => (
        <ActionIcon variant="default" size={36} aria-label={messages.frame.user(user.name)} {...props}>
          <IconUser size={18} aria-hidden />
        </ActionIcon>
      )}
    </MenuOnDemand>
  );
}
