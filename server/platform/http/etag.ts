import { createHash } from "node:crypto";

/** `"<version>-<hash>"`: the version says which state a change was made from, the hash whether the answer is the same. */
export function entityTag(version: number, body: string): string {
  return `"${version}-${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
}

export const matchesTag = (ifNoneMatch: string | null, tag: string) =>
  ifNoneMatch !== null && tagsOf(ifNoneMatch).some((candidate) => candidate === "*" || candidate.replace(/^W\//, "") === tag);

/** The versions that an If-Match header names, any of which will do; undefined without one. None when no tag is ours. */
export function versionsOfTags(ifMatch: string | null): readonly number[] | undefined {
  if (ifMatch === null) return undefined;
  const tags = tagsOf(ifMatch);
  if (tags.includes("*")) return undefined;
  return tags.flatMap((tag) => Number(/^(?:W\/)?"(\d+)[-"]/.exec(tag)?.[1] ?? Number.NaN)).filter((version) => !Number.isNaN(version));
}

const tagsOf = (header: string) => header.split(",").map((tag) => tag.trim());
