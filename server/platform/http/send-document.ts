import { z } from "zod";
import { attachment } from "#platform/files/attachment.ts";
import type { Outgoing } from "./encode.ts";
import type { AnyRoute } from "./route.ts";

/** The answer of a route that hands out a PDF: its handler answers with a `File`, by the name under which it is to be kept. */
export const PdfFile = z.file().mime("application/pdf");

/** Whether the route answers with one document, which is there as a whole, instead of JSON. */
export const answersDocument = ({ response }: Pick<AnyRoute, "response">): boolean => response instanceof z.ZodFile;

export async function sendDocument(route: AnyRoute, result: unknown, headers: Record<string, string>): Promise<Outgoing> {
  const parsed = route.response.safeParse(result);
  // Our own mistake, not the client's.
  if (!parsed.success) throw new Error(`The document of ${route.method} ${route.path} does not fit its schema`, { cause: parsed.error });
  const file = parsed.data as File;
  const body = new Uint8Array(await file.arrayBuffer());
  headers["Content-Type"] = file.type;
  headers["Content-Disposition"] = attachment(file.name);
  headers["Content-Length"] = String(body.byteLength);
  return { status: 200, body };
}
