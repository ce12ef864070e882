/** Lets only so many in at once; the others wait in order, at most `waitingMax` of them and at most `patienceMs` each. */
export function createGate({
  limit,
  waitingMax,
  patienceMs,
  refusal,
}: {
  limit: number;
  waitingMax: number;
  patienceMs: number;
  refusal: () => Error;
}) {
  const waiting: (() => void)[] = [];
  let inside = 0;

  const enter = async (): Promise<void> => {
    if (inside < limit) {
      inside += 1;
      return;
    }
    if (waiting.length >= waitingMax) throw refusal();
    await new Promise<void>((resolve, reject) => {
      const called = () => {
        clearTimeout(impatience);
        resolve();
      };
      const impatience = setTimeout(() => {
        waiting.splice(waiting.indexOf(called), 1);
        reject(refusal());
      }, patienceMs);
      waiting.push(called);
    });
  };
  // The place goes straight to the next one: who comes anew cannot take it.
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else inside -= 1;
  };

  return {
    waiting: () => waiting.length,
    through: async <T>(work: () => Promise<T>): Promise<T> => {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
