import { z } from "zod";
import type { Tasks } from "./jobs.ts";
import type { Services } from "./services.ts";

/** Done for each company; with an hour, when its own clock shows that. */
export interface ClockJob {
  task: string;
  hour?: number;
}

const Begun = z.object({ _cron: z.object({ ts: z.iso.datetime({ offset: true }) }) });

/** Begins, whenever the clock calls it, what is due then: a job a company, which the queue has once. */
export const createClockTask =
  ({ database }: Pick<Services, "database">, jobs: readonly ClockJob[]): Tasks[string] =>
  async (payload) => {
    const { _cron: begun } = Begun.parse(payload);
    await database.withTransaction(async (tx) => {
      for (const { task, hour } of jobs) await tx.sql("SELECT add_job_for_each_tenant($1, $2, $3)", [task, begun.ts, hour ?? null]);
    });
  };
