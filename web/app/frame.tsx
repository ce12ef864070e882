import { AppShell, Group, Text } from "@mantine/core";
import { Outlet } from "@tanstack/react-router";
import { UserButton } from "#web/features/identity/user-button.tsx";
import { SiteSelect } from "#web/features/sites/site-select.tsx";
import { messages } from "#web/messages.ts";
import { LinkAnchor } from "#web/ui/links.tsx";
import { useLiveUpdates } from "./live-updates.ts";
import { BottomBar, SideNavigation } from "./navigation.tsx";

export function Frame() {
  useLiveUpdates();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: true } }}
      footer={{ height: { base: 57, sm: 0 } }}
      padding={{ base: "sm", sm: "lg" }}
      transitionDuration={0}
    >
      <a className="skip-link" href="#content">
        {messages.frame.skip}
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap" gap="sm">
          <LinkAnchor to="/" underline="never" c="inherit">
            <Group gap="xs" wrap="nowrap">
              <img src="/favicon.svg" width={26} height={26} alt="" />
              <Text fw={700} visibleFrom="sm">
                {messages.product}
              </Text>
              <Text fw={700} hiddenFrom="sm" className="visually-hidden">
                {messages.product}
              </Text>
            </Group>
          </LinkAnchor>
          <Group gap="xs" wrap="nowrap">
            <SiteSelect />
            <UserButton />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" visibleFrom="sm" aria-label={messages.frame.navigation}>
        <SideNavigation />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      <AppShell.Footer hiddenFrom="sm">
        <BottomBar />
      </AppShell.Footer>
    </AppShell>
  );
}
