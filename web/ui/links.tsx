import { Anchor, Button, Menu, NavLink } from "@mantine/core";
import { createLink } from "@tanstack/react-router";

/** The library's components as typed links of the router. */
export const LinkButton = createLink(Button<"a">);
export const LinkAnchor = createLink(Anchor<"a">);
export const LinkNav = createLink(NavLink<"a">);
export const LinkMenuItem = createLink(Menu.Item<"a">);
