import { z } from "zod";

export const fileFormats = ["csv", "xlsx", "json"] as const;
export type FileFormat = (typeof fileFormats)[number];

/** What every export takes besides the filters of its list. */
export const exportQuery = { format: z.enum(fileFormats).default("csv") };
