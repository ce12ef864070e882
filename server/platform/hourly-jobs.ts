import { z } from "zod";
import type { Tasks } from "./jobs.ts";
import type { Services } from "./services.ts";

/** Done for each company when its own clock shows that hour. */
export interface HourlyJob {
  task: string;
  hour: number;
}

const Begun = z.object({ _cron: z.object({ ts: z.iso.datetime({ offset: true }) }) });

/** Begins, at each full hour, what is due then: a job a company, which the queue has once. */
export const createHourlyTask =
  ({ database }: Pick<Services, "database">, jobs: readonly HourlyJob[]): Tasks[string] =>
  async (payload) => {
    const { _cron: begun } = Begun.parse(payload);
    await database.withTransaction(async (tx) => {
      for (const { task, hour } of jobs) await tx.sql("SELECT add_job_for_each_tenant($1, $2, $3)", [task, begun.ts, hour]);
    });
  };
