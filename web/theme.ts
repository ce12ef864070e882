import { Badge, type CSSVariablesResolver, createTheme, type MantineColorsTuple, NavLink, Paper, Table } from "@mantine/core";

/** The one accent: petrol. Shade 7 carries white text at 5.6 : 1. */
const petrol: MantineColorsTuple = [
  "#eef8f9",
  "#dceef0",
  "#b5dde1",
  "#8acbd2",
  "#63b9c3",
  "#3fa3af",
  "#2a8a97",
  "#1c7280",
  "#125f6c",
  "#0b4a55",
];

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: 7,
  colors: { petrol },
  defaultRadius: "sm",
  cursorType: "pointer",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif',
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.375rem", lineHeight: "1.3" }, h2: { fontSize: "1.0625rem", lineHeight: "1.4" } },
  },
  components: {
    Badge: Badge.extend({
      defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 600 },
      styles: { root: { minWidth: "max-content" } },
    }),
    NavLink: NavLink.extend({ defaultProps: { py: 6 } }),
    Paper: Paper.extend({ defaultProps: { withBorder: true } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 6, horizontalSpacing: "sm", fz: 13 } }),
  },
});

/** The library's dimmed, placeholder, error and badge texts fall short of 4.5 : 1. */
export const cssVariables: CSSVariablesResolver = (given) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": given.colors.gray[7],
    "--mantine-color-placeholder": given.colors.gray[7],
    "--mantine-color-error": given.colors.red[9],
    "--mantine-color-anchor": given.colors.petrol?.[8] ?? "",
    "--mantine-color-green-light-color": "#1b5e2a",
    "--mantine-color-orange-light-color": "#8a3407",
    "--mantine-color-red-light-color": "#9b1c1c",
    "--surface": given.colors.gray[0],
  },
  dark: {
    "--mantine-color-dimmed": given.colors.dark[1],
    "--mantine-color-placeholder": "#9a9a9a",
    "--mantine-color-error": given.colors.red[4],
    "--mantine-color-anchor": given.colors.petrol?.[3] ?? "",
    "--surface": given.colors.dark[8],
  },
});
