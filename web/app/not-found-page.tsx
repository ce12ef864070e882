import { messages } from "#web/messages.ts";
import { NothingHere } from "#web/ui/nothing-here.tsx";
import { Page } from "#web/ui/page.tsx";

export function NotFoundPage() {
  return (
    <Page title={messages.notFound.title}>
      <NothingHere />
    </Page>
  );
}
