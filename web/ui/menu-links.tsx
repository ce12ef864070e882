import { Menu, type MenuItemProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentProps } from "react";

type AnchorProps = Omit<ComponentProps<"a">, "color" | "size">;

/** Apart from the other links: the library's menu is not part of the first screen. */
export const LinkMenuItem = createLink((props: MenuItemProps & AnchorProps) => <Menu.Item component="a" {...props} />);
