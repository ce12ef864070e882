import { messages } from "#web/messages.ts";
import { Page } from "#web/ui/page.tsx";
import { Section } from "#web/ui/section.tsx";
import { ChangePasswordForm } from "./change-password-form.tsx";
import { OwnSessions } from "./own-sessions.tsx";
import { useMe } from "./session.ts";

export function AccountPage() {
  const { user, tenant } = useMe();
  return (
    <Page title={messages.account.title} subtitle={`${user.name} · ${user.email} · ${tenant.name}`}>
      <Section title={messages.password.changeTitle}>
        <ChangePasswordForm />
      </Section>
      <Section title={messages.sessions.title}>
        <OwnSessions />
      </Section>
    </Page>
  );
}
