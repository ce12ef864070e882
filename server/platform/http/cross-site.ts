import { AppError } from "#platform/errors.ts";

const readingMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what another site's page asks for in a user's name: `403 CROSS_SITE_REQUEST` for every changing method, whatever
 * its content type, unless `Sec-Fetch-Site` is `same-origin`, or, where that is absent, `Origin` is absent or one of ours.
 */
export function refuseCrossSite(request: Request, ownOrigins: ReadonlySet<string>): void {
  if (readingMethods.has(request.method)) return;
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const ours = site === null ? origin === null || ownOrigins.has(origin) : site === "same-origin";
  if (!ours) throw new AppError("This request came from another site", { statusCode: 403, code: "CROSS_SITE_REQUEST" });
}
