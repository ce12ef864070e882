import { setTimeout as delay } from "node:timers/promises";
import { Logger as WorkerLogger, run, runMigrations, type Runner } from "graphile-worker";
import type { Logger } from "./logger.ts";

/** What is done for each kind of job. A task that throws is tried again later, until the job's tries are used up. */
export type Tasks = Readonly<Record<string, (payload: unknown) => Promise<void>>>;

const restartMs = 5_000;
const runningJobsMs = 20_000;

/** Makes or updates the job queue's own tables, in the schema `graphile_worker`, which is the owner's alone. */
export async function installJobQueue(ownerUrl: string): Promise<void> {
  await runMigrations({ connectionString: ownerUrl, logger: new WorkerLogger(() => () => undefined) });
}

/**
 * Works on jobs, two at a time, over the owner's direct connection; begins anew by itself after a failure of the database.
 * `stop` takes no new ones, waits for those under way (20 s at most), and gives the connections back.
 */
export function startJobWorker({ ownerUrl, tasks, log }: { ownerUrl: string; tasks: Tasks; log: Logger }): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  let runner: Runner | undefined;

  const work = async () => {
    while (!stopping.signal.aborted) {
      try {
        runner = await run({
          connectionString: ownerUrl,
          concurrency: 2,
          maxPoolSize: 3,
          noHandleSignals: true,
          taskList: Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, (payload: unknown) => task(payload)])),
          logger: workerLogger(log),
        });
        if (stopping.signal.aborted) await runner.stop();
        await runner.promise;
      } catch (error) {
        if (!stopping.signal.aborted) log.error("The job worker ended, and begins anew", error);
      }
      await delay(restartMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const ended = work();

  return {
    stop: async () => {
      stopping.abort();
      const stopped = runner?.stop().catch(() => undefined);
      await Promise.race([Promise.all([stopped, ended]), delay(runningJobsMs, undefined, { ref: false })]);
    },
  };
}

/** Only what someone should know: a try that failed, and what the worker complains of. */
function workerLogger(log: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message, meta) => {
    if (level !== "error" && level !== "warning") return;
    const { task_identifier: task, id, attempts } = ((meta as { job?: object } | undefined)?.job ?? {}) as Record<string, unknown>;
    log.warn(`Job worker: ${message.split("\n")[0]}`, { task, jobId: id, attempts });
  });
}
