import { z } from "zod";
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
