import { z } from "zod";
import { listOf, listQuery } from "./list.ts";
import { Id, Instant } from "./primitives.ts";

/** A mail that was given up after a day of tries: what it was for, to whom, and why it could not be sent. */
export const FailedMail = z
  .object({
    id: z.string(),
    task: z.string(),
    userId: Id.nullable(),
    userName: z.string().nullable(),
    attempts: z.int(),
    lastError: z.string().nullable(),
    createdAt: Instant,
    failedAt: Instant,
  })
  .meta({ id: "FailedMail" });
export type FailedMail = z.infer<typeof FailedMail>;
export const FailedMailList = listOf(FailedMail).meta({ id: "FailedMailList" });
export const FailedMailQuery = z.strictObject(listQuery);
export const FailedMailParams = z.strictObject({ mailId: z.string().max(64) });
