import { Alert } from "@mantine/core";
import { messages } from "#web/messages.ts";
import { Page } from "#web/ui/page.tsx";

/** In place of a form that the server would refuse from this role. */
export function NotAllowed({ title }: { title: string }) {
  return (
    <Page title={title}>
      <Alert color="gray">{messages.itemForm.notAllowed}</Alert>
    </Page>
  );
}
