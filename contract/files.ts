import { z } from "zod";
import { isVisible } from "./text.ts";

/** The kinds of file that can be brought in: by which endings, and as which types browsers and scripts declare them. */
export const fileKinds = {
  csv: { extensions: ["csv", "txt"], types: ["text/csv", "text/plain", "application/vnd.ms-excel"] },
  xlsx: { extensions: ["xlsx"], types: ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] },
  pdf: { extensions: ["pdf"], types: ["application/pdf"] },
  png: { extensions: ["png"], types: ["image/png"] },
  jpeg: { extensions: ["jpg", "jpeg"], types: ["image/jpeg"] },
} as const satisfies Record<string, { extensions: readonly string[]; types: readonly string[] }>;
export type FileKind = keyof typeof fileKinds;

// Windows opens a device by these names, whatever their ending; what follows a colon is a stream hidden in a file.
const device = /^(con|prn|aux|nul|com\d|lpt\d|clock\$|conin\$|conout\$)(\.|$)/i;
function isPlainName(given: string): boolean {
  // As a file system may read it: a wide slash is a slash to some.
  const name = given.normalize("NFKC");
  return !/[/\\:*?"<>|\u2044\u2215]/.test(name) && !name.startsWith(".") && !/[.\s]$/.test(name) && !device.test(name);
}

/** The name of a file, without a path. */
export const FileName = z
  .string()
  .max(255, { abort: true })
  .normalize("NFC")
  .min(1, "Must not be empty")
  .refine(isVisible, "Must be a single line without invisible characters")
  .refine(isPlainName, "Must be a file's name, without a folder");

/** `a/b; charset=utf-8` is `a/b`. */
export const mediaType = (declared: string) => (declared.split(";", 1)[0] ?? "").trim().toLowerCase();

export interface FileBounds {
  kinds: readonly FileKind[];
  bytesMax: number;
}

/** What a file says of itself: its size, its name's ending and its type, which all name one of the kinds. */
export function declaredFile({ kinds, bytesMax }: FileBounds) {
  const known = (key: "extensions" | "types", value: string) =>
    kinds.filter((kind) => (fileKinds[kind][key] as readonly string[]).includes(value));
  const byName = (name: string) => known("extensions", name.slice(name.lastIndexOf(".") + 1).toLowerCase());
  const byType = (type: string) => known("types", mediaType(type));
  const allOf = (key: "extensions" | "types") => kinds.flatMap((kind): readonly string[] => fileKinds[kind][key]).join(", ");
  return z
    .object({
      name: FileName.refine(
        (name) => name.includes(".") && byName(name).length > 0,
        `Must end in one of: ${allOf("extensions")}`,
      ).optional(),
      type: z
        .string()
        .max(255, { abort: true })
        .refine((type) => byType(type).length > 0, `Must be one of: ${allOf("types")}`),
      size: z.int().min(1, "Must not be empty").max(bytesMax, `Must be at most ${bytesMax} bytes`),
    })
    .transform((file, context) => {
      const [kind] = byType(file.type).filter((candidate) => file.name === undefined || byName(file.name).includes(candidate));
      if (kind) return { ...file, kind };
      context.issues.push({ code: "custom", path: ["type"], message: "Is not the type that the file's name ends in", input: file.type });
      return z.NEVER;
    });
}
