import { createHash } from "node:crypto";

/** `"<version>-<hash>"`: the version says which state a change was made from, the hash whether the answer is the same. */
export function entityTag(version: number, body: string): string {
  return `"${version}-${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
}

export const matchesTag = (ifNoneMatch: string | null, tag: string) =>
  ifNoneMatch !== null && ifNoneMatch.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === tag);

/** The version in an If-Match header; undefined without one. NaN, which no version equals, when it is not a tag of ours. */
export function versionOfTag(ifMatch: string | null): number | undefined {
  if (ifMatch === null || ifMatch.trim() === "*") return undefined;
  return Number(/^(?:W\/)?"(\d+)/.exec(ifMatch.trim())?.[1] ?? Number.NaN);
}
