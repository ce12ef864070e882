import { EmptyState } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { messages } from "#web/messages.ts";
import { LinkButton } from "./links.tsx";

/** Nothing that trying again would bring: a wrong address, or something that is gone or out of sight. */
export function NothingHere() {
  return (
    <EmptyState icon={<IconMapQuestion />} description={messages.notFound.text} py="xl">
      <LinkButton to="/" variant="light">
        {messages.notFound.toDashboard}
      </LinkButton>
    </EmptyState>
  );
}
