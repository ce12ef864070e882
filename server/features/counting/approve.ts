import type { ApproveCount, CycleCount } from "#contract/counting.ts";
import type { FieldError } from "#contract/errors.ts";
import { audit } from "#features/audit/audit.ts";
import { post } from "#features/ledger/post.ts";
import type { PostRequest } from "#features/ledger/rules.ts";
import { readRules } from "#features/settings/rules.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, AuthorizationError, ConflictError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { requireCurrent } from "#platform/http/versioned.ts";
import { getCount, lockCount } from "./count-queries.ts";

interface OpenLine {
  id: string;
  itemId: string;
  sku: string;
  locationId: string;
  lotId: string | null;
  stockStatus: "AVAILABLE" | "HOLD";
  status: string;
  countedBy: string | null;
  /** Counted less the books of that moment, and the same without its sign. */
  difference: number;
  amount: number;
  withinTolerance: boolean;
}

interface Decided {
  line: OpenLine;
  /** Where the request says so: `lines.3.`, or nothing. */
  path: string;
  recount: boolean;
  reasonCode: string | undefined;
}

const readLines = `
  SELECT l.id, l.item_id AS "itemId", i.sku, l.location_id AS "locationId", l.lot_id AS "lotId", l.stock_status AS "stockStatus", l.status,
         l.counted_by AS "countedBy", l.counted_quantity - l.book_quantity AS difference, abs(l.counted_quantity - l.book_quantity) AS amount,
         (abs(l.counted_quantity - l.book_quantity) <= l.book_quantity * $2::numeric / 100
          AND abs(l.counted_quantity - l.book_quantity) * coalesce(v.average_cost, 0) <= $3::numeric) AS "withinTolerance"
  FROM cycle_count_line l
  JOIN item i ON i.id = l.item_id
  LEFT JOIN item_valuation v ON v.item_id = l.item_id
  WHERE l.cycle_count_id = $1
  ORDER BY l.id`;

const writeDecisions = `
  UPDATE cycle_count_line l
  SET status = CASE WHEN r.recount THEN 'RECOUNT' ELSE 'APPROVED' END, approved_by = CASE WHEN r.recount THEN NULL ELSE $3::uuid END, reason_code = r.reason_code
  FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, recount boolean, reason_code text)
  WHERE l.id = r.id AND l.cycle_count_id = $2`;

const moveOn = `
  UPDATE cycle_count c
  SET status = s.status, ended_at = CASE WHEN s.status = 'APPROVED' THEN now() END, version = version + 1, updated_at = now()
  FROM (SELECT CASE WHEN bool_and(status = 'APPROVED') THEN 'APPROVED' WHEN bool_or(status IN ('PENDING', 'RECOUNT')) THEN 'IN_PROGRESS' ELSE 'REVIEW' END AS status
        FROM cycle_count_line WHERE cycle_count_id = $1) s
  WHERE c.id = $1`;

/**
 * Applies the differences of what was counted, each as an event of the ledger with its cause, or sends lines back to be counted by
 * somebody else; one transaction that holds the count, in as many statements however many lines. What moved since the counting stays
 * moved: the difference counts, not the figure. Throws `404`, `400` by line for a missing cause, `409 INVALID_STATE`,
 * `409 LINE_NOT_COUNTED`, `409 NOTHING_TO_APPROVE`, `403 OWN_COUNT` for lines that the caller counted, and what the ledger throws.
 */
export async function approveCount(tx: Tx, context: Context, countId: string, request: ApproveCount): Promise<CycleCount> {
  const count = requireCurrent(await lockCount(tx, context, countId), { version: request.version, ifMatch: undefined });
  requireStatus(count, ["REVIEW"], "approved");
  const decided = decide(request, await readOpen(tx, countId));
  requireDecidable(context, decided);
  const changing = decided.filter(({ recount, line }) => !recount && line.difference !== 0);
  if (changing.length > 0) {
    await post(
      tx,
      context,
      changing.map((one) => eventOf(one, countId)),
      (index, field) => (field === "reasonCode" ? `${changing[index]?.path}reasonCode` : `${changing[index]?.path}lineId`),
    );
  }
  const rows = decided.map(({ line, recount, reasonCode }) => ({ id: line.id, recount, reason_code: reasonCode }));
  await tx.sql(writeDecisions, [JSON.stringify(rows), countId, context.userId]);
  await tx.sql(moveOn, [countId]);
  await audit(tx, context, "cycle-count.approved", countId, {
    heardAt: [count.siteId],
    after: {
      lines: decided.map(({ line, recount, reasonCode }) => ({ lineId: line.id, recount, reasonCode, difference: line.difference })),
    },
  });
  return await getCount(tx, context, countId);
}

async function readOpen(tx: Tx, countId: string): Promise<OpenLine[]> {
  const { countTolerancePercent, countToleranceValue } = await readRules(tx);
  return await tx.sql<OpenLine>(readLines, [countId, countTolerancePercent, countToleranceValue]);
}

function decide({ lines, reasonCode }: ApproveCount, open: readonly OpenLine[]): Decided[] {
  if (!lines) {
    const within = open.filter(({ status, withinTolerance }) => status === "COUNTED" && withinTolerance);
    if (within.length === 0)
      throw new ConflictError("NOTHING_TO_APPROVE", "No counted line is within the company's tolerance: decide line by line");
    return within.map((line) => ({ line, path: "", recount: false, reasonCode: line.difference === 0 ? undefined : reasonCode }));
  }
  const byId = new Map(open.map((line) => [line.id, line]));
  const at = (index: number, field: string, message: string): FieldError => ({ path: `lines.${index}.${field}`, message });
  const missing = lines.flatMap(({ lineId }, index) => (byId.has(lineId) ? [] : [at(index, "lineId", "Not found in this count")]));
  if (missing.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors: missing } });
  const twice = lines.flatMap(({ lineId }, index) =>
    lines.findIndex((other) => other.lineId === lineId) < index ? [at(index, "lineId", "Is there twice")] : [],
  );
  if (twice.length > 0) throw new ValidationError(twice);
  return lines.map(({ lineId, decision, reasonCode: cause }, index) => {
    const line = byId.get(lineId) as OpenLine;
    const recount = decision === "RECOUNT";
    return { line, path: `lines.${index}.`, recount, reasonCode: recount || line.difference === 0 ? undefined : cause };
  });
}

function requireDecidable({ userId }: Context, decided: readonly Decided[]): void {
  const open = decided.find(({ line }) => line.status !== "COUNTED");
  if (open)
    throw new ConflictError("LINE_NOT_COUNTED", `${open.line.sku} is ${open.line.status} in this count`, {
      lineId: open.line.id,
      status: open.line.status,
    });
  const own = decided.find(({ line, recount }) => !recount && line.countedBy === userId);
  if (own) throw new AuthorizationError(`${own.line.sku} was counted by you: somebody else has to approve it`, "OWN_COUNT");
  const faults = decided
    .filter(({ line, recount, reasonCode }) => !recount && line.difference !== 0 && reasonCode === undefined)
    .map(({ path, line }) => ({ path: `${path}reasonCode`, message: `${line.sku} differs: say why, by a reason code of use COUNT` }));
  if (faults.length > 0) throw new ValidationError(faults);
}

function eventOf({ line, reasonCode }: Decided, countId: string): PostRequest {
  const place = line.difference > 0 ? { toLocationId: line.locationId } : { fromLocationId: line.locationId };
  return {
    type: "COUNT",
    itemId: line.itemId,
    quantity: line.amount,
    status: line.stockStatus,
    source: { type: "CYCLE_COUNT", id: countId },
    ...place,
    ...(line.lotId === null ? {} : { lotId: line.lotId }),
    ...(reasonCode === undefined ? {} : { reasonCode }),
  };
}
