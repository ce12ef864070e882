import { Anchor, Button, type ButtonProps, NavLink } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentProps } from "react";

type AnchorProps = Omit<ComponentProps<"a">, "color" | "size">;

// The library's components as typed links of the router; this one would be a button unless told otherwise.
export const LinkButton = createLink((props: ButtonProps & AnchorProps) => <Button component="a" {...props} />);
export const LinkAnchor = createLink(Anchor<"a">);
export const LinkNav = createLink(NavLink<"a">);
