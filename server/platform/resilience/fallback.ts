/**
 * What `primary` answers, or else `fallback`, which is given the error. Never for who may do what, for stock, or for what must happen
 * once: a second way that is seldom gone is the one that is broken when it is needed.
 */
export async function withFallback<T>(
  primary: () => Promise<T>,
  fallback: (error: unknown) => T | Promise<T>,
  onError?: (error: unknown) => void,
): Promise<T> {
  try {
    return await primary();
  } catch (error) {
    onError?.(error);
    return await fallback(error);
  }
}
