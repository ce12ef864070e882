import { ConflictError } from "#platform/errors.ts";

/** Throws `409 INVALID_STATE` with the document's status. `what` completes the sentence "… cannot be <what>". */
export function requireStatus<Status extends string>(
  { number, status }: { number: string; status: Status },
  allowed: readonly Status[],
  what: string,
): void {
  if (allowed.includes(status)) return;
  throw new ConflictError("INVALID_STATE", `${number} is ${status} and cannot be ${what}: it would have to be ${allowed.join(" or ")}`, {
    status,
    allowed,
  });
}
