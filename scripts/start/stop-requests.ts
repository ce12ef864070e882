/**
 * Calls `onRequest` once for any number of signals that belong together, and `onInsistence` for one that comes later.
 * A Ctrl C arrives from the terminal and again through npm; our parent's end counts as a request, even after kill -9.
 */
export function onStopRequests(onRequest: () => void, onInsistence: () => void): void {
  let firstAt: number | undefined;
  const request = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      onRequest();
    } else if (performance.now() - firstAt > 1_000) {
      onInsistence();
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, request);
  process.once("disconnect", request);
}
