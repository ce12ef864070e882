import type { TestProject } from "vitest/node";
import { acquireCluster, releaseCluster, type DatabaseCluster } from "./database-cluster.ts";

declare module "vitest" {
  interface ProvidedContext {
    databaseCluster: DatabaseCluster;
  }
}

/** Once a suite, in vitest's main process: the PostgreSQL server that its files clone their databases on. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide("databaseCluster", await acquireCluster());
  return releaseCluster;
}
