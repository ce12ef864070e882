/** Of EXPLAIN (ANALYZE, FORMAT JSON), as far as it is looked at here. */
export interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows"?: number;
  "Actual Loops"?: number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: PlanNode[];
}

/** A plan and everything below it. */
export function* nodesOf(plan: PlanNode): Generator<PlanNode> {
  yield plan;
  for (const below of plan.Plans ?? []) yield* nodesOf(below);
}

/** How many rows of tables were looked at: those that went on, and those that were thrown away. */
export function rowsRead(plan: PlanNode): number {
  let rows = 0;
  for (const node of nodesOf(plan)) {
    if (node["Relation Name"] === undefined) continue;
    const once = (node["Actual Rows"] ?? 0) + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
    rows += once * (node["Actual Loops"] ?? 0);
  }
  return Math.round(rows);
}

/** The tables that the plan would read from end to end. */
export const readWhole = (plan: PlanNode): string[] =>
  [...nodesOf(plan)].filter((node) => node["Node Type"] === "Seq Scan").map((node) => node["Relation Name"] ?? "");
