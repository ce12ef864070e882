import { EmptyState } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { messages } from "#web/messages.ts";
import { LinkButton } from "#web/ui/links.tsx";
import { Page } from "#web/ui/page.tsx";

export function NotFoundPage() {
  return (
    <Page title={messages.notFound.title}>
      <EmptyState icon={<IconMapQuestion />} description={messages.notFound.text}>
        <LinkButton to="/" variant="light">
          {messages.notFound.toDashboard}
        </LinkButton>
      </EmptyState>
    </Page>
  );
}
