import { Anchor, Button, type ButtonProps, Menu, type MenuItemProps, NavLink } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentProps } from "react";

type AnchorProps = Omit<ComponentProps<"a">, "color" | "size">;

// The library's components as typed links of the router; these two would be buttons unless told otherwise.
export const LinkButton = createLink((props: ButtonProps & AnchorProps) => <Button component="a" {...props} />);
export const LinkMenuItem = createLink((props: MenuItemProps & AnchorProps) => <Menu.Item component="a" {...props} />);
export const LinkAnchor = createLink(Anchor<"a">);
export const LinkNav = createLink(NavLink<"a">);
