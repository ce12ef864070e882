import { PasswordInput } from "@mantine/core";
import type { ComponentProps } from "react";
import { NewPassword } from "#contract/identity.ts";
import { ApiError } from "#web/api/client.ts";
import { messages } from "#web/messages.ts";

/** All that is wrong with a new password, as far as it can be told without the server. */
export const faultsOfNewPassword = (password: string): string[] =>
  NewPassword.safeParse(password).error?.issues.map(({ message }) => message) ?? [];

/** All that the server found wrong with one field. */
export const faultsAt = (error: unknown, path: string): string[] =>
  error instanceof ApiError ? error.fieldErrors.filter((fault) => fault.path === path).map(({ message }) => message) : [];

/** Where a new password is typed: every fault in sight at once. */
export function NewPasswordField({ faults, ...props }: { faults: readonly string[] } & ComponentProps<typeof PasswordInput>) {
  return (
    <PasswordInput
      description={messages.password.rules}
      autoComplete="new-password"
      error={
        faults.length > 0
          ? faults.map((fault) => (
              <span key={fault} className="line">
                {fault}
              </span>
            ))
          : null
      }
      {...props}
    />
  );
}
