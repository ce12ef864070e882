import { AppError, ValidationError } from "#platform/errors.ts";
import { parseJson } from "./json-text.ts";

export const bodyBytesMax = 1024 * 1024;

/** The JSON of a request, read no further than the limit. Throws `415` for another type and `413` beyond the limit. */
export async function readJsonBody(request: Request, maxBytes: number): Promise<unknown> {
  const type = request.headers.get("content-type");
  const length = request.headers.get("content-length");
  if (length !== null && Number(length) > maxBytes) throw tooLarge(maxBytes);
  const empty = request.body === null || (length !== null && Number(length) === 0);
  if (empty && type === null) return undefined;
  if (!isJson(type)) {
    throw new AppError("Send JSON: Content-Type: application/json", { statusCode: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
  }
  // Without a declared length the body is counted while it arrives.
  const bytes = length === null ? await readBounded(request, maxBytes) : new Uint8Array(await request.arrayBuffer());
  return bytes.byteLength === 0 ? undefined : parseJson(decoded(bytes));
}

async function readBounded(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ValidationError([{ path: "", message: "The body is not UTF-8" }], "The body is not UTF-8", "INVALID_JSON");
  }
}

const isJson = (type: string | null) => type !== null && /^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(type);

export const tooLarge = (maxBytes: number) =>
  new AppError(`The body is larger than ${maxBytes} bytes`, { statusCode: 413, code: "BODY_TOO_LARGE" });
