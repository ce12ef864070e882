import type { PasswordLinkPurpose } from "#contract/account.ts";
import type { MailMessage } from "#platform/mail.ts";

interface Recipient {
  email: string;
  name: string;
  tenantName: string;
}

/** The mail that brings a link. */
export function passwordLinkMail({ email, name, tenantName }: Recipient, purpose: PasswordLinkPurpose, url: string): MailMessage {
  const [subject, reason, otherwise] =
    purpose === "INVITATION"
      ? [
          `Your account at ${tenantName}`,
          `${tenantName} has made an account for you in Warehouse Builder. Choose your password within 7 days:`,
          "If you did not expect this, you need not do anything.",
        ]
      : [
          `A new password for ${tenantName}`,
          `Someone, probably you, asked for a new password for your account at ${tenantName}. Choose it within 30 minutes:`,
          "If it was not you, you need not do anything: your password stays as it is.",
        ];
  return {
    to: { name, address: email },
    subject,
    text: [`Hello ${name},`, reason, url, "The link works once.", otherwise].join("\n\n"),
  };
}

/** The mail that tells someone of a change that they may not have made. */
export function passwordChangedMail({ email, name, tenantName }: Recipient, publicUrl: string): MailMessage {
  return {
    to: { name, address: email },
    subject: `Your password for ${tenantName} was changed`,
    text: [
      `Hello ${name},`,
      `the password of your account at ${tenantName} was changed, and you were signed out everywhere else.`,
      `If it was not you, ask for a new one at ${publicUrl}/forgot-password and tell an Admin of ${tenantName}.`,
    ].join("\n\n"),
  };
}
