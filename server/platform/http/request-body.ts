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
  if (!isJson(type)) throw unsupported("Send JSON: Content-Type: application/json");
  requirePlainText(request.headers);
  const bytes = length === null ? await readBounded(request, maxBytes) : new Uint8Array(await request.arrayBuffer().catch(brokenOff));
  return bytes.byteLength === 0 ? undefined : parseJson(decoded(bytes));
}

/** Compressed, or in another charset, a body would be read as nonsense. Throws `415`. */
export function requirePlainText(headers: Headers): void {
  const encoding = headers.get("content-encoding")?.trim() ?? "";
  if (!/^(identity)?$/i.test(encoding)) throw unsupported("Send the body uncompressed, without Content-Encoding");
  const [, charset = "utf-8"] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(headers.get("content-type") ?? "") ?? [];
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) throw unsupported("Send the body in UTF-8: charset=utf-8, or none");
}

async function readBounded(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of boundedBody(request, maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * The bytes of a body as they arrive, counted, since a declared length may be missing. Throws `413` beyond the limit and
 * `400 BAD_REQUEST` when the client breaks off.
 */
export async function* boundedBody({ body }: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    brokenOff(error);
  }
}

/** No fault of ours, and none of the database, whose broken connections have the same code. */
function brokenOff(cause: unknown): never {
  throw new AppError("The request was broken off", { statusCode: 400, code: "BAD_REQUEST", cause });
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

export const unsupported = (message: string) => new AppError(message, { statusCode: 415, code: "UNSUPPORTED_MEDIA_TYPE" });

export const tooLarge = (maxBytes: number) =>
  new AppError(`The body is larger than ${maxBytes} bytes`, { statusCode: 413, code: "BODY_TOO_LARGE" });
