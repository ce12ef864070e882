import { z } from "zod";

export const FieldError = z.object({ path: z.string(), message: z.string() });
export type FieldError = z.infer<typeof FieldError>;

/** The one shape of every refusal and failure. */
export const ErrorBody = z
  .object({
    error: z.object({
      message: z.string(),
      code: z.string(),
      statusCode: z.int(),
      details: z.record(z.string(), z.unknown()).optional(),
      timestamp: z.iso.datetime(),
      path: z.string(),
      requestId: z.string(),
      stack: z.string().optional(),
    }),
  })
  .meta({ id: "Error" });
export type ErrorBody = z.infer<typeof ErrorBody>;
