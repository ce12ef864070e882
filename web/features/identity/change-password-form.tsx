import { Button, PasswordInput, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { messages } from "#web/messages.ts";
import { announce } from "#web/ui/announce.ts";
import { focusFirstError } from "#web/ui/focus-first-error.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { changePassword, sessionsQuery } from "./api.ts";
import { faultsAt, faultsOfNewPassword, NewPasswordField } from "./new-password-field.tsx";
import { useMe } from "./session.ts";

const text = messages.password;
const empty = { currentPassword: "", newPassword: "" };
const noFaults: Record<keyof typeof empty, readonly string[]> = { currentPassword: [], newPassword: [] };

export function ChangePasswordForm() {
  const { user } = useMe();
  const [values, setValues] = useState(empty);
  const [faults, setFaults] = useState(noFaults);
  const form = useRef<HTMLFormElement>(null);
  const queryClient = useQueryClient();
  const refuse = (found: typeof noFaults) => {
    setFaults(found);
    focusFirstError(form.current);
  };
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => changePassword(values),
    onSuccess: async () => {
      setValues(empty);
      void announce(text.changed);
      await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
    onError: (refusal) => refuse({ currentPassword: faultsAt(refusal, "currentPassword"), newPassword: faultsAt(refusal, "newPassword") }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = {
      currentPassword: values.currentPassword ? [] : [messages.invalid.empty],
      newPassword: faultsOfNewPassword(values.newPassword),
    };
    if (found.currentPassword.length + found.newPassword.length > 0) return refuse(found);
    setFaults(noFaults);
    mutate();
  };
  const isTold = faults.currentPassword.length + faults.newPassword.length > 0;
  return (
    <form ref={form} noValidate className="floor" onSubmit={submit}>
      <Stack maw={420}>
        {error && !isTold && <FormAlert>{error.message}</FormAlert>}
        <input type="text" name="username" autoComplete="username" value={user.email} readOnly hidden />
        <PasswordInput
          label={text.currentPassword}
          autoComplete="current-password"
          error={faults.currentPassword[0]}
          value={values.currentPassword}
          onChange={({ currentTarget: { value } }) => setValues((before) => ({ ...before, currentPassword: value }))}
        />
        <NewPasswordField
          label={text.newPassword}
          faults={faults.newPassword}
          value={values.newPassword}
          onChange={({ currentTarget: { value } }) => setValues((before) => ({ ...before, newPassword: value }))}
        />
        <div>
          <Button type="submit" loading={isPending}>
            {text.change}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
