import type { Progress } from "#features/data-exchange/import-csv.ts";

const intervalMs = 1_000;
const phases = { reading: "read", checking: "being checked", writing: "being written" } as const;

/** Tells on the terminal, once a second at most, how far a long import is. Short ones stay silent. */
export function reportProgress() {
  const startedAt = performance.now();
  let toldAt = startedAt;
  let last: Progress | undefined;
  const show = () => {
    if (!last) return;
    const seconds = (performance.now() - startedAt) / 1_000;
    const rate = last.phase === "reading" ? `, ${Math.round(last.rows / seconds).toLocaleString("en-US")} rows/s` : "";
    console.error(`  ${last.rows.toLocaleString("en-US")} rows ${phases[last.phase]}${rate} (${Math.round(seconds)} s)`);
    toldAt = performance.now();
  };
  // While the database works on a long statement nothing else is heard.
  const timer = setInterval(() => performance.now() - toldAt >= 5 * intervalMs && show(), intervalMs);
  return {
    tell: (progress: Progress) => {
      const isNew = last?.phase !== progress.phase;
      last = progress;
      if (performance.now() - startedAt > intervalMs && (isNew || performance.now() - toldAt > intervalMs)) show();
    },
    end: () => clearInterval(timer),
  };
}
