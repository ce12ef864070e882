import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

/** What is wrong with a form as a whole; focusable, so that the keyboard can be taken to it. */
export function FormAlert({ children }: { children: React.ReactNode }) {
  return (
    <Alert color="red" icon={<IconAlertTriangle />} role="alert" tabIndex={-1}>
      {children}
    </Alert>
  );
}
