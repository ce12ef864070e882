import { z } from "zod";
import { ComputeAbcClasses } from "#contract/count-planning.ts";
import { byTheClock } from "#features/audit/audit.ts";
import { readRules } from "#features/settings/rules.ts";
import type { Tasks } from "#platform/jobs.ts";
import type { Services } from "#platform/services.ts";
import { computeAbcClasses } from "./abc-classes.ts";
import { planCounts } from "./plan-counts.ts";

const Job = z.object({ tenantId: z.uuid() });

/** What the worker does for counting: classes anew every night, and counts of what is due, where the company wants it. */
export const createCountingTasks = ({ database }: Pick<Services, "database">): Tasks => ({
  "compute-abc-classes": async (payload) => {
    const { tenantId } = Job.parse(payload);
    await database.withTenant(tenantId, async (tx) => {
      const { abcClassesNightly } = await readRules(tx);
      if (abcClassesNightly) await computeAbcClasses(tx, byTheClock, tenantId, ComputeAbcClasses.parse({}));
    });
  },
  "plan-counts": async (payload) => {
    const { tenantId } = Job.parse(payload);
    await database.withTenant(tenantId, planCounts);
  },
});
