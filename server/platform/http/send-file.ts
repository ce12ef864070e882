import type { Tx } from "#platform/database/transaction.ts";
import { attachment } from "#platform/files/attachment.ts";
import { bytesOf, fileTypes, type TableFile } from "#platform/files/table-file.ts";
import type { Services } from "#platform/services.ts";
import type { Outgoing } from "./encode.ts";

/**
 * Answers with a file while the transaction that its rows come from is open. It is answered when the first bytes are there: whatever
 * fails before is refused as anywhere. What fails afterwards cuts the connection, so that nobody takes half a file for a whole one;
 * a client who leaves ends the transaction.
 */
export async function sendFile(
  { database, log }: Services,
  { tenantId, label }: { tenantId: string; label: string },
  read: (tx: Tx) => Promise<TableFile>,
  headers: Record<string, string>,
): Promise<Outgoing> {
  // Each write waits until the one before it was taken.
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = writable.getWriter();
  let isLeft = false;
  writer.closed.catch(() => (isLeft = true));
  const begun = Promise.withResolvers<void>();

  const write = async (tx: Tx) => {
    const file = await read(tx);
    // Nothing is told of the file before its rows were seen to come.
    for await (const chunk of bytesOf({ ...file, batches: await firstSeen(file.batches) })) {
      headers["Content-Type"] = fileTypes[file.format];
      headers["Content-Disposition"] = attachment(`${file.name}.${file.format}`);
      begun.resolve();
      await writer.write(chunk as Uint8Array<ArrayBuffer>);
    }
  };
  // Run again it would write its rows twice.
  const written = database.withTenant(tenantId, write, { readOnly: true, isLong: true, retries: 0, label });
  written
    .then(() => writer.close())
    .catch((error: unknown) => {
      begun.reject(error);
      if (!isLeft) log.error("A file was cut off", error);
      return writer.abort(error);
    })
    .catch(() => undefined);
  await begun.promise;
  return { status: 200, body: readable };
}

/** The same batches, the first of them read already. */
async function firstSeen<T>(batches: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = batches[Symbol.asyncIterator]();
  let ahead: Promise<IteratorResult<T>> | undefined = iterator.next();
  await ahead;
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const next = ahead ?? iterator.next();
        ahead = undefined;
        return next;
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  };
}
