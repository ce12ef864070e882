import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { RequestPasswordReset } from "#contract/account.ts";
import { errorsOf, refusalByField } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { focusFirstError } from "#web/ui/focus-first-error.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { LinkAnchor } from "#web/ui/links.tsx";
import { requestPasswordReset } from "./api.ts";
import { Door } from "./door.tsx";

const text = messages.password;

export function ForgotPasswordPage() {
  const form = useForm({ initialValues: { email: "" }, validate: (values) => errorsOf(RequestPasswordReset, values) });
  const formElement = useRef<HTMLFormElement>(null);
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: ({ email }: { email: string }) => requestPasswordReset(email),
    onError: (refusal) => {
      const { "": _, ...byField } = refusalByField(refusal, (path) => path);
      form.setErrors(byField);
    },
  });
  return (
    <Door title={text.forgotTitle}>
      {data ? (
        <Text role="status">{text.sent[data.delivery]}</Text>
      ) : (
        <form
          ref={formElement}
          noValidate
          className="floor"
          onSubmit={(event) =>
            form.onSubmit(
              (values) => mutate(values),
              () => focusFirstError(formElement.current),
            )(event)
          }
        >
          <Stack>
            {error && <FormAlert>{error.message}</FormAlert>}
            <Text size="sm">{text.forgotExplained}</Text>
            <TextInput
              label={messages.signIn.email}
              type="email"
              autoComplete="username"
              inputMode="email"
              autoFocus
              {...form.getInputProps("email")}
            />
            <Button type="submit" loading={isPending}>
              {text.askForLink}
            </Button>
          </Stack>
        </form>
      )}
      <LinkAnchor to="/sign-in" size="sm">
        {text.backToSignIn}
      </LinkAnchor>
    </Door>
  );
}
