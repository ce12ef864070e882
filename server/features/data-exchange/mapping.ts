import { z } from "zod";

const text = z.string().max(1_000);
/** A CSV file beside the imported one. */
const FileName = z
  .string()
  .min(1)
  .regex(/^[^/\\]+$/, "Must be the name of a file in the folder of the imported file");
const Lookup = z.strictObject({
  file: FileName,
  /** The column of that file to search, and the imported file's column that says what for. */
  key: text.min(1),
  from: text.min(1),
  /** The column of that file whose cell is taken. */
  value: text.min(1),
  /** Another file that says what that cell stands for. */
  through: z.strictObject({ file: FileName, key: text.min(1), value: text.min(1) }).optional(),
});
export type Lookup = z.infer<typeof Lookup>;

/** Where each of our columns comes from, in a file that was not written for us. See docs/import.md. */
export const Mapping = z.strictObject({
  delimiter: z.string().length(1).optional(),
  columns: z.record(z.string(), text.min(1)).default({}),
  constants: z.record(z.string(), text).default({}),
  templates: z.record(z.string(), text.regex(/\{[^{}]+\}/, "Must name a column of the file in braces, such as {Shelf}")).default({}),
  lookups: z.record(z.string(), Lookup).default({}),
  /** What a cell's text stands for; `*` for every other text. */
  values: z.record(z.string(), z.record(z.string(), text)).default({}),
  /** Takes only rows whose column of the file says this: a text, nothing (``), or anything (`*`). */
  only: z.record(z.string(), text).default({}),
});
export type Mapping = z.infer<typeof Mapping>;

/** Throws an `Error` that names every fault of the mapping and where it stands. */
export function parseMapping(json: string): Mapping {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch (error) {
    throw new Error(`The mapping is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const parsed = Mapping.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the whole"}: ${message}`);
  throw new Error(`The mapping is wrong. ${faults.join("; ")}`);
}
