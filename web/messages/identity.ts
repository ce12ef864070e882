import type { PasswordResetRequested } from "#contract/account.ts";

const sent: Record<PasswordResetRequested["delivery"], string> = {
  MAIL: "If this address has an account, a mail with a link is on its way. The link holds for 30 minutes; look into the spam folder too.",
  FOLDER:
    "This server sends no mail: whoever runs it finds the link in its data folder, below mail. An Admin of your company can make you one too.",
  NONE: "This server sends no mail. Ask an Admin of your company for a link that sets a new password.",
};

export const identityMessages = {
  account: { title: "Your account", menu: "Password and sessions" },
  password: {
    forgot: "Forgot your password?",
    forgotTitle: "Forgot your password?",
    forgotExplained: "Tell us your e-mail address, and we send you a link by which you choose a new password.",
    askForLink: "Ask for a link",
    sent,
    backToSignIn: "Back to sign-in",
    resetTitle: "Choose a new password",
    invitationTitle: "Welcome",
    forWhom: (name: string, email: string, tenant: string) => `${name} (${email}), choose your password for ${tenant}.`,
    rules: "12 characters or more, of at least 3 kinds: uppercase, lowercase, numbers, special characters.",
    currentPassword: "Current password",
    newPassword: "New password",
    setPassword: "Set the password",
    doneTitle: "Your password is set",
    done: (tenant: string) => `You can sign in to ${tenant} with it now. Everywhere else you were signed out.`,
    noLinkTitle: "This link no longer works",
    noLink: "It was used already, has run out, or was copied in part. Ask for a new one.",
    changeTitle: "Change your password",
    change: "Change the password",
    changed: "Your password was changed. Everywhere else you were signed out.",
  },
  sessions: {
    title: "Where you are signed in",
    current: "This one",
    lastSeen: (instant: string) => `last used ${instant}`,
    since: (instant: string) => `signed in ${instant}`,
    end: "Sign out",
    endOf: (device: string) => `Sign out ${device}`,
    ended: (device: string) => `${device} was signed out.`,
    endOthers: "Sign out everywhere else",
    endedOthers: (count: number) => (count === 1 ? "One other session was ended." : `${count} other sessions were ended.`),
  },
} as const;
