import { z } from "zod";
import { Email } from "./email.ts";
import { GivenPassword, User } from "./identity.ts";
import { listOf, listQuery } from "./list.ts";
import { Id, Instant } from "./primitives.ts";

// What people do with their own account: sessions and passwords.

/** A sign-in that still holds. `device` is told from `userAgent`, in words; `current` is the one that asks. */
export const Session = z
  .object({
    id: Id,
    createdAt: Instant,
    lastSeenAt: Instant,
    expiresAt: Instant,
    ipAddress: z.string().nullable(),
    userAgent: z.string().nullable(),
    device: z.string(),
    current: z.boolean(),
  })
  .meta({ id: "Session" });
export type Session = z.infer<typeof Session>;
export const SessionList = listOf(Session).meta({ id: "SessionList" });
export const SessionQuery = z.strictObject(listQuery);

export const UserSessionParams = z.strictObject({ id: Id, sessionId: Id });

export const EndedSessions = z.object({ ended: z.int() }).meta({ id: "EndedSessions" });
export type EndedSessions = z.infer<typeof EndedSessions>;

/** Bounded, and otherwise checked where it is known whose it is to be: all faults are told at once. */
const ChosenPassword = z.string().min(1, "Must not be empty").max(1_000);
export const ChangePassword = z
  .strictObject({ currentPassword: GivenPassword, newPassword: ChosenPassword })
  .meta({ id: "ChangePassword" });
export type ChangePassword = z.infer<typeof ChangePassword>;

export const RequestPasswordReset = z.strictObject({ email: Email }).meta({ id: "RequestPasswordReset" });

/** The same whoever asked: whether mails are sent here (`MAIL`), written into a folder of the server (`FOLDER`), or not at all (`NONE`: ask an Admin). */
export const PasswordResetRequested = z.object({ delivery: z.enum(["MAIL", "FOLDER", "NONE"]) }).meta({ id: "PasswordResetRequested" });
export type PasswordResetRequested = z.infer<typeof PasswordResetRequested>;

const LinkToken = z.string().min(1).max(100);
export const PasswordLinkPurpose = z.enum(["RESET", "INVITATION"]);
export type PasswordLinkPurpose = z.infer<typeof PasswordLinkPurpose>;

export const LookAtPasswordLink = z.strictObject({ token: LinkToken }).meta({ id: "LookAtPasswordLink" });
/** Whose password a link sets, and in which company. */
export const PasswordLinkFacts = z
  .object({
    purpose: PasswordLinkPurpose,
    email: z.string(),
    name: z.string(),
    tenant: z.object({ code: z.string(), name: z.string() }),
    expiresAt: Instant,
  })
  .meta({ id: "PasswordLinkFacts" });
export type PasswordLinkFacts = z.infer<typeof PasswordLinkFacts>;

export const SetPassword = z.strictObject({ token: LinkToken, password: ChosenPassword }).meta({ id: "SetPassword" });
export type SetPassword = z.infer<typeof SetPassword>;

/** `MAIL`: sent to the person. `LINK`: no mail is set up; `url` is for the Admin to hand over, shown this once. */
export const PasswordLink = z
  .object({
    purpose: PasswordLinkPurpose,
    delivery: z.enum(["MAIL", "LINK"]),
    url: z.string().nullable(),
    expiresAt: Instant.nullable(),
  })
  .meta({ id: "PasswordLink" });
export type PasswordLink = z.infer<typeof PasswordLink>;

export const InvitedUser = User.extend({ invitation: PasswordLink }).meta({ id: "InvitedUser" });
export type InvitedUser = z.infer<typeof InvitedUser>;
