import { AuthorizationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { maySeeSite } from "#platform/http/site-access.ts";

/** How the events of a transfer name what wrote them: the transfer itself, or one receipt of it. */
export const sources = { sending: "TRANSFER", receipt: "TRANSFER_RECEIPT", closing: "TRANSFER_CLOSING" } as const;

export interface Sites {
  fromSiteId: string;
  toSiteId: string;
}

/** Whose people hear of it. */
export const bothEnds = ({ fromSiteId, toSiteId }: Sites): string[] => [fromSiteId, toSiteId];

/**
 * The caller, who works at one end of a transfer, as far as its own events go: their other place is at the other end. Only for places
 * that the transfer names itself; the places that the caller names are checked before. See docs/decisions/transfers.md.
 */
export const acrossSites = (context: Context, { fromSiteId, toSiteId }: Sites): Context =>
  context.siteIds === "all" ? context : { ...context, siteIds: [...context.siteIds, fromSiteId, toSiteId] };

/** Throws `403 OTHER_SITE`: the caller sees the transfer, from its other end. */
export function requireEnd(context: Context, siteId: string, what: string): void {
  if (!maySeeSite(context, siteId)) throw new AuthorizationError(`Only who works in that site may ${what}`, "OTHER_SITE");
}
