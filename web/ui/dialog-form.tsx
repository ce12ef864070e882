import { Button, Group, Stack, Text } from "@mantine/core";
import { useForm, type UseFormInput } from "@mantine/form";
import { type ReactNode, useRef, useState } from "react";
import type { FieldErrors } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { focusFirstError } from "./focus-first-error.ts";
import { FormAlert } from "./form-alert.tsx";

/** The state of a form in a dialog: its values, and what the server refused of them. */
export function useDialogForm<Values extends Record<string, unknown>>(options: UseFormInput<Values>) {
  const form = useForm<Values>(options);
  const element = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState<ReactNode>("");
  /** `whole`: what is said in place of the server's own words about the form as a whole. */
  const refuse = ({ "": message = "", ...byField }: FieldErrors, whole: ReactNode = message) => {
    setProblem(whole);
    form.setErrors(byField);
    focusFirstError(element.current);
  };
  return { form, element, problem, refuse };
}

interface Props<Values extends Record<string, unknown>> {
  dialog: ReturnType<typeof useDialogForm<Values>>;
  /** What sending it will do. */
  what: ReactNode;
  submit: string;
  /** Where "Cancel" would be misread. */
  cancel?: string;
  harmful?: boolean;
  pending: boolean;
  onSubmit: (values: Values) => void;
  onClose: () => void;
  children: ReactNode;
}

/** A form in a dialog: says what it will do, is checked before it is sent, and tells what was refused where it was typed. */
export function DialogForm<Values extends Record<string, unknown>>(props: Props<Values>) {
  const { dialog, what, submit, cancel = messages.dialog.cancel, harmful, pending, onSubmit, onClose, children } = props;
  const { form, element, problem } = dialog;
  return (
    <form ref={element} noValidate onSubmit={(submitted) => form.onSubmit(onSubmit, () => focusFirstError(element.current))(submitted)}>
      <Stack>
        {typeof what === "string" ? <Text size="sm">{what}</Text> : what}
        {problem && <FormAlert>{problem}</FormAlert>}
        {children}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {cancel}
          </Button>
          <Button type="submit" {...(harmful ? { color: "red.9" } : {})} loading={pending}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
