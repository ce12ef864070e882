import { createMailTasks } from "#features/identity/mail-tasks.ts";
import { createPurchasingTasks } from "#features/purchasing/order-mail.ts";
import type { Tasks } from "#platform/jobs.ts";
import type { Services } from "#platform/services.ts";

/** Everything that the job worker knows how to do. */
export const createTasks = (services: Services): Tasks => ({ ...createMailTasks(services), ...createPurchasingTasks(services) });
