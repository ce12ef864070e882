import { withTimeout } from "./timeout.ts";

export interface BulkOptions {
  /** So many at once: 10. */
  concurrency?: number;
  /** false: the first error keeps what has not begun from beginning. */
  continueOnError?: boolean;
  signal?: AbortSignal | undefined;
}

export interface BulkOutcome<T, R> {
  /** Of those that went well, in the order of the items. */
  results: R[];
  /** In the order of the items as well. */
  errors: { item: T; index: number; error: unknown }[];
}

/**
 * Does the same with every item, so many at once, and takes the next item only when it can begin with it: however long the list or
 * stream of items is, those that wait take no memory. Nothing is under way any more when it answers, or throws: the signal's reason,
 * or the error of the stream.
 */
export async function bulkExecute<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  { concurrency = 10, continueOnError = true, signal }: BulkOptions = {},
): Promise<BulkOutcome<T, R>> {
  if (!(concurrency >= 1)) throw new RangeError("At least one at once, or nothing would ever be done");
  const stop = new AbortController();
  const ended = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const results: { index: number; result: R }[] = [];
  const errors: BulkOutcome<T, R>["errors"] = [];
  const underWay = new Set<number>();
  let wake: () => void = () => undefined;
  const run = async (item: T, index: number) => {
    underWay.add(index);
    try {
      results.push({ index, result: await work(item, ended) });
    } catch (error) {
      errors.push({ item, index, error });
      if (!continueOnError) stop.abort(error);
    }
    underWay.delete(index);
    wake();
  };
  const untilFewerThan = async (bound: number) => {
    while (underWay.size >= bound) await new Promise<void>((done) => void (wake = done));
  };
  const source = iteratorOf(items);
  let exhausted = false;
  try {
    for (let index = 0; !ended.aborted; index++) {
      const next = await withTimeout(async () => source.next(), undefined, undefined, { signal: ended });
      exhausted = next.done === true;
      if (next.done) break;
      void run(next.value, index);
      await untilFewerThan(concurrency);
    }
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    if (!exhausted) void Promise.resolve(source.return?.()).catch(() => undefined);
    await untilFewerThan(1);
  }
  signal?.throwIfAborted();
  const inOrder = (a: { index: number }, b: { index: number }) => a.index - b.index;
  return { results: results.toSorted(inOrder).map(({ result }) => result), errors: errors.toSorted(inOrder) };
}

const iteratorOf = <T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> =>
  Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
