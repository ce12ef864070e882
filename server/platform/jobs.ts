import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { type CronItem, Logger as WorkerLogger, parseCronItems, run, runMigrations, type Runner, type WorkerEvents } from "graphile-worker";
import pg from "pg";
import type { Logger } from "./logger.ts";

/**
 * What is done for each kind of job. A task that throws is tried again later, until the job's tries are used up. The signal says that
 * the process ends and that the task has had the time it gets.
 */
export type Tasks = Readonly<Record<string, (payload: unknown, signal: AbortSignal | undefined) => Promise<void>>>;

/** What is begun by the clock, in UTC: `0 * * * *` is every full hour. The task is told when, as `_cron.ts`. */
export interface ScheduledTask {
  task: string;
  match: string;
  /** How long after its time it is still begun by a worker that was not there then. */
  lateMs: number;
}

const restartMs = 5_000;
const runningJobsMs = 15_000;
// For a task that was told to stop, and then for the queue to hear of it.
const obeyingMs = 2_000;
const partingMs = 3_000;

/** Makes or updates the job queue's own tables, in the schema `graphile_worker`, which is the owner's alone. */
export async function installJobQueue(ownerUrl: string): Promise<void> {
  await runMigrations({ connectionString: ownerUrl, logger: new WorkerLogger(() => () => undefined) });
}

export interface JobWorkerOptions {
  ownerUrl: string;
  tasks: Tasks;
  schedule?: readonly ScheduledTask[];
  log: Logger;
  /** How long a job under way may go on when the worker stops: 15 s. */
  patienceMs?: number;
}

/**
 * Works on jobs, two at a time, over the owner's direct connection; begins anew by itself after a failure of the database.
 * `stop` takes no new ones, waits for those under way, tells them to stop when that takes too long, and puts back into the queue what
 * does not even hear that: all of it within 20 s. Then it gives the connections back.
 */
export function startJobWorker({ ownerUrl, tasks, schedule = [], log, patienceMs = runningJobsMs }: JobWorkerOptions): {
  stop: () => Promise<void>;
} {
  const stopping = new AbortController();
  let runner: Runner | undefined;
  const events: WorkerEvents = new EventEmitter();
  const names = new Set<string>();
  events.on("pool:create", ({ workerPool }) => void names.add(workerPool.id));

  const work = async () => {
    while (!stopping.signal.aborted) {
      try {
        runner = await run({
          connectionString: ownerUrl,
          concurrency: 2,
          maxPoolSize: 3,
          noHandleSignals: true,
          // Batches, so that what became of the last jobs is written before the worker counts as stopped.
          preset: { worker: { gracefulShutdownAbortTimeout: patienceMs, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
          events,
          taskList: Object.fromEntries(
            Object.entries(tasks).map(([name, task]) => [name, (payload: unknown, { abortSignal }) => task(payload, abortSignal)]),
          ),
          parsedCronItems: parseCronItems(schedule.map(cronItem)),
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
  const within = (ms: number, ending: Promise<unknown>) => Promise.race([ending.then(() => true), delay(ms, false, { ref: false })]);

  return {
    stop: async () => {
      stopping.abort();
      const stopped = Promise.all([runner?.stop().catch(() => undefined), ended]);
      if (await within(patienceMs + obeyingMs, stopped)) return;
      log.warn("Jobs under way did not end: they go back into the queue");
      const givenBack = giveBack(ownerUrl, [...names]).catch((error: unknown) => log.error("They could not be given back", error));
      await within(partingMs, givenBack);
    },
  };
}

/** Several workers begin it once: the queue knows it by the task's name. */
const cronItem = ({ task, match, lateMs }: ScheduledTask): CronItem => ({
  task,
  match,
  identifier: task,
  options: { backfillPeriod: lateMs, maxAttempts: 5 },
});

/** What a process that ends still holds would otherwise be waited for, for hours. */
async function giveBack(ownerUrl: string, names: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: partingMs, application_name: "job worker" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("SELECT graphile_worker.force_unlock_workers($1)", [names]);
  } finally {
    await client.end();
  }
}

/** Only what someone should know: a try that failed, and what the worker complains of. */
function workerLogger(log: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message, meta) => {
    if (level !== "error" && level !== "warning") return;
    const { task_identifier: task, id, attempts } = ((meta as { job?: object } | undefined)?.job ?? {}) as Record<string, unknown>;
    log.warn(`Job worker: ${message.split("\n")[0]}`, { task, jobId: id, attempts });
  });
}
