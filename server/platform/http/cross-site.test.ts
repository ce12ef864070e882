import { expect, test } from "vitest";
import { AppError } from "#platform/errors.ts";
import { refuseCrossSite } from "./cross-site.ts";

const ours = new Set(["https://stock.example", "https://scanner.example"]);

function isRefused(method: string, headers: Record<string, string>): boolean {
  try {
    refuseCrossSite(new Request("https://stock.example/api/v1/x", { method, headers }), ours);
    return false;
  } catch (error) {
    if (error instanceof AppError && error.statusCode === 403 && error.code === "CROSS_SITE_REQUEST") return true;
    throw error;
  }
}

const sites = [null, "same-origin", "same-site", "cross-site", "none", "", "SAME-ORIGIN"] as const;
const origins = [
  null,
  "https://stock.example",
  "https://scanner.example",
  "https://evil.example",
  "https://stock.example.evil.example",
  "http://stock.example",
  "https://stock.example:444",
  "null",
  "",
] as const;
const types = [null, "application/json", "text/plain", "application/x-www-form-urlencoded"] as const;

test.each(["POST", "PUT", "PATCH", "DELETE"])(
  "%s: only from our own pages, whatever the content type; where Sec-Fetch-Site is there, it alone decides",
  (method) => {
    for (const site of sites)
      for (const origin of origins)
        for (const type of types) {
          const headers = {
            ...(site === null ? {} : { "sec-fetch-site": site }),
            ...(origin === null ? {} : { origin }),
            ...(type === null ? {} : { "content-type": type }),
          };
          const allowed = site === null ? origin === null || ours.has(origin) : site === "same-origin";
          expect({ headers, refused: isRefused(method, headers) }).toEqual({ headers, refused: !allowed });
        }
  },
);

test.each(["GET", "HEAD", "OPTIONS"])("%s changes nothing, and may be followed from anywhere", (method) => {
  for (const site of sites)
    expect(isRefused(method, { ...(site === null ? {} : { "sec-fetch-site": site }), origin: "https://evil.example" })).toBe(false);
});
