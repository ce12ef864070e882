import { z } from "zod";
import { inOrder } from "./dates.ts";
import { Email } from "./email.ts";
import { LIMITS } from "./limits.ts";
import { Flag, listOf, listQuery, Search } from "./list.ts";
import { ChangedFrom, Id, Instant, Name, recordFields } from "./primitives.ts";

export const roles = ["Admin", "Supervisor", "Operator", "Viewer"] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

/** As people count: what takes two places in a string is one character. */
const charactersIn = (text: string) => Array.from(text).length;

/** As it was chosen once: bounded, and looked at no further. */
export const GivenPassword = z
  .string()
  .min(1, "Must not be empty")
  .refine((password) => charactersIn(password) <= LIMITS.MAX_PASSWORD_LENGTH, `Must have at most ${LIMITS.MAX_PASSWORD_LENGTH} characters`);

export const LoginRequest = z
  .strictObject({
    email: Email,
    password: GivenPassword,
    tenant: z.string().trim().toLowerCase().max(64).optional(),
  })
  .meta({ id: "LoginRequest" });
export type LoginRequest = z.infer<typeof LoginRequest>;

export const SwitchTenant = z
  .strictObject({ tenant: z.string().trim().toLowerCase().min(1, "Must not be empty").max(64) })
  .meta({ id: "SwitchTenant" });

export const SiteSummary = z.object({ id: Id, code: z.string(), name: z.string(), active: z.boolean() });

/** Whether someone is sent a mail every morning with the alerts that are open. */
export const AlertDigest = z.enum(["NONE", "DAILY"]);

/** Who is signed in, where, as what, and the sites they may work in. */
export const Me = z
  .object({
    user: z.object({ id: Id, email: z.string(), name: z.string() }),
    tenant: z.object({ id: Id, code: z.string(), name: z.string(), currency: z.string(), timeZone: z.string() }),
    role: Role,
    sites: z.array(SiteSummary),
    alertDigest: AlertDigest,
  })
  .meta({ id: "Me" });
export type Me = z.infer<typeof Me>;
export const UpdateMe = z.strictObject({ alertDigest: AlertDigest }).meta({ id: "UpdateMe" });
export type UpdateMe = z.infer<typeof UpdateMe>;

/** What a password must be made of; that it is common, or the person's own name, only the server knows. All faults are told at once. */
export const NewPassword = z.string().check((context) => {
  const password = context.value;
  const fault = (message: string) => context.issues.push({ code: "custom", message, input: password });
  const { MIN_PASSWORD_LENGTH: least, MAX_PASSWORD_LENGTH: most } = LIMITS;
  const length = charactersIn(password);
  if (length < least) fault(`Password must be at least ${least} characters long`);
  if (length > most) fault(`Password must be at most ${most} characters long`);
  const kinds = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u].filter((kind) => kind.test(password)).length;
  if (kinds < 3) fault("Password must contain at least 3 of: uppercase, lowercase, number, special character");
});

export const User = z
  .object({
    ...recordFields,
    email: z.string(),
    name: z.string(),
    role: Role,
    active: z.boolean(),
    /** Has not chosen a password yet. */
    invited: z.boolean(),
    siteIds: z.array(Id),
  })
  .meta({ id: "User" });
export type User = z.infer<typeof User>;
export const UserList = listOf(User).meta({ id: "UserList" });
export const UserQuery = z.strictObject({ ...listQuery, role: Role.optional(), active: Flag.optional(), search: Search });

export const CreateUser = z
  .strictObject({ email: Email, name: Name, role: Role, siteIds: z.array(Id).max(1_000).default([]) })
  .meta({ id: "CreateUser" });
export type CreateUser = z.infer<typeof CreateUser>;

/** An Admin has every site; for the other roles `siteIds` of the site-access route says which. */
export const UpdateUser = z
  .strictObject({ version: ChangedFrom, role: Role.optional(), active: z.boolean().optional() })
  .meta({ id: "UpdateUser" });
export type UpdateUser = z.infer<typeof UpdateUser>;

export const SiteAccess = z.strictObject({ version: ChangedFrom, siteIds: z.array(Id).max(1_000) }).meta({ id: "SiteAccess" });
export type SiteAccess = z.infer<typeof SiteAccess>;

export const AuditEvent = z
  .object({
    id: Id,
    userId: Id.nullable(),
    userName: z.string().nullable(),
    action: z.string(),
    entityType: z.string(),
    entityId: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    requestId: z.string().nullable(),
    recordedAt: Instant,
  })
  .meta({ id: "AuditEvent" });
export type AuditEvent = z.infer<typeof AuditEvent>;
export const AuditEventList = listOf(AuditEvent).meta({ id: "AuditEventList" });
export const AuditEventQuery = z
  .strictObject({
    ...listQuery,
    userId: Id.optional(),
    entityType: z.string().max(64).optional(),
    entityId: z.string().max(128).optional(),
    /** `item.updated`. */
    action: z.string().max(128).optional(),
    /** Recorded from this instant, and before that one. */
    from: Instant.optional(),
    to: Instant.optional(),
  })
  .check(inOrder("from", "to"));
export type AuditEventQuery = z.infer<typeof AuditEventQuery>;
