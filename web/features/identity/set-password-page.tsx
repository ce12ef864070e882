import { Button, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { type FormEvent, useRef, useState } from "react";
import type { PasswordLinkFacts } from "#contract/account.ts";
import { messages } from "#web/messages.ts";
import { focusFirstError } from "#web/ui/focus-first-error.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { LinkAnchor, LinkButton } from "#web/ui/links.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { linkQuery, setPassword } from "./api.ts";
import { Door } from "./door.tsx";
import { faultsAt, faultsOfNewPassword, NewPasswordField } from "./new-password-field.tsx";

const text = messages.password;

/** Where the links of invitations and resets lead. The token stands behind the #, which no server ever sees. */
export function SetPasswordPage() {
  const token = useLocation().hash;
  const link = useQuery({ ...linkQuery(token), enabled: token !== "" });
  const [done, setDone] = useState<PasswordLinkFacts>();
  if (done) return <Done tenant={done.tenant.name} />;
  if (token === "" || (link.error && "status" in link.error && link.error.status === 401)) return <NoLink />;
  return (
    <Door title={link.data?.purpose === "INVITATION" ? text.invitationTitle : text.resetTitle}>
      <QueryState query={link} rows={2}>
        {(facts) => <SetPasswordForm token={token} facts={facts} onDone={setDone} />}
      </QueryState>
    </Door>
  );
}

function SetPasswordForm({
  token,
  facts,
  onDone,
}: {
  token: string;
  facts: PasswordLinkFacts;
  onDone: (facts: PasswordLinkFacts) => void;
}) {
  const [password, setTyped] = useState("");
  const [faults, setFaults] = useState<readonly string[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => setPassword({ token, password }),
    onSuccess: onDone,
    onError: (refusal) => {
      setFaults(faultsAt(refusal, "password"));
      focusFirstError(form.current);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = faultsOfNewPassword(password);
    setFaults(found);
    if (found.length > 0) focusFirstError(form.current);
    else mutate();
  };
  return (
    <form ref={form} noValidate className="floor" onSubmit={submit}>
      <Stack>
        {error && faults.length === 0 && <FormAlert>{error.message}</FormAlert>}
        <Text size="sm">{text.forWhom(facts.name, facts.email, facts.tenant.name)}</Text>
        {/* For password managers, which keep the new password under it. */}
        <input type="text" name="username" autoComplete="username" value={facts.email} readOnly hidden />
        <NewPasswordField
          label={text.newPassword}
          autoFocus
          faults={faults}
          value={password}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" loading={isPending}>
          {text.setPassword}
        </Button>
      </Stack>
    </form>
  );
}

function Done({ tenant }: { tenant: string }) {
  return (
    <Door title={text.doneTitle}>
      <Text role="status">{text.done(tenant)}</Text>
      <LinkButton to="/sign-in">{messages.signIn.submit}</LinkButton>
    </Door>
  );
}

function NoLink() {
  return (
    <Door title={text.noLinkTitle}>
      <Text role="alert">{text.noLink}</Text>
      <LinkButton to="/forgot-password">{text.askForLink}</LinkButton>
      <LinkAnchor to="/sign-in" size="sm">
        {text.backToSignIn}
      </LinkAnchor>
    </Door>
  );
}
