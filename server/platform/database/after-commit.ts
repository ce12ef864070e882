import type { Logger, Severity } from "#platform/logger.ts";
import type { Tx } from "./transaction.ts";

/** Whether the change was saved. `unknown`: the connection was lost while it was being saved. */
export type Outcome = "saved" | "unknown";
export type Tell = (outcome: Outcome) => void;

/**
 * What the tries at one transaction have to tell once it is over. Of a try whose outcome is unknown it is kept: a later one tells the
 * same anew, or finds that the earlier was saved and has nothing to tell itself.
 */
export function createNotices() {
  let kept: readonly Tell[] = [];
  return {
    keep: (told: readonly Tell[]): void => void (kept = told.length > 0 ? told : kept),
    tell: (outcome: Outcome): void => kept.forEach((tell) => tell(outcome)),
  };
}
export type Notices = ReturnType<typeof createNotices>;

/** A security event of what this transaction changes: told after the commit, with `outcome: "unknown"` where it may have been saved. */
export function tellSecurityEvent(tx: Tx, log: Logger, message: string, severity: Severity, metadata: Record<string, unknown>): void {
  tx.afterCommit((outcome) => log.logSecurityEvent(message, severity, outcome === "saved" ? metadata : { ...metadata, outcome }));
}
