import { ValidationError } from "#platform/errors.ts";
import { headBytes, notA, shownBy } from "./content.ts";

/** A CSV file as it arrives, whose beginning is looked at before the first piece is passed on. Throws `400` when it is no text. */
export async function* checkedText(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of stream) {
    if (heldBytes >= headBytes) {
      yield chunk;
      continue;
    }
    held.push(chunk);
    heldBytes += chunk.byteLength;
    if (heldBytes >= headBytes) yield beginning(held);
  }
  if (heldBytes > 0 && heldBytes < headBytes) yield beginning(held);
}

function beginning(held: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(held);
  const shown = shownBy(bytes);
  if (shown === "csv") return bytes;
  const message = notA("csv", shown);
  throw new ValidationError([{ path: "file", message }], message);
}
