import { Alert, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "#web/api/client.ts";
import { useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { adminMessages } from "#web/messages/admin.ts";
import { NotAllowed } from "#web/ui/not-allowed.tsx";
import { Page } from "#web/ui/page.tsx";
import { securityQuery } from "./api.ts";
import { BlockedSection } from "./blocked-section.tsx";
import { BreakersSection } from "./breakers-section.tsx";
import { HealthSection } from "./health-section.tsx";
import { LimitsSection } from "./limits-section.tsx";

const text = adminMessages.security;

export function SecurityPage() {
  if (useMe().role !== "Admin") return <NotAllowed title={text.title} reason={messages.admin.notAllowed} />;
  return (
    <Page title={text.title}>
      <Stack gap="lg">
        <HealthSection />
        <Installation />
      </Stack>
    </Page>
  );
}

/** What concerns every company, for the Admins of the one that runs the installation. */
function Installation() {
  const query = useQuery(securityQuery);
  if (query.error instanceof ApiError && query.error.code === "NOT_THE_OPERATOR") return <Alert color="gray">{text.notTheOperator}</Alert>;
  return (
    <>
      <LimitsSection query={query} />
      <BlockedSection />
      <BreakersSection />
    </>
  );
}
