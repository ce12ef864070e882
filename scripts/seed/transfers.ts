import type { Run, Size } from "./large-company.ts";
import { at, documentCounts, lastNumber, lotEvery, numbered } from "./sizes.ts";

/** From MAIN to NORTH, of items without lots, each from a place of its own. One in ten is still on its way or not sent, the newest ones. */
export async function seedTransfers(run: Run, size: Size): Promise<void> {
  const { transfers } = documentCounts(size);
  const begun = `0.5 + 0.48 * g.n / ${transfers}.0`;
  await run(
    "transfers",
    `INSERT INTO transfer (tenant_id, number, from_site_id, to_site_id, status, transit_location_id, created_by, sent_by, sent_at, ended_at, created_at, updated_at)
     SELECT {tenant}, ${numbered("TR", "g.n")}, t.site_id, n.id, k.status, CASE WHEN k.status <> 'DRAFT' THEN t.id END, {user},
            CASE WHEN k.status <> 'DRAFT' THEN w.id END, CASE WHEN k.status <> 'DRAFT' THEN ${at(`${begun} + 0.004`, size)} END,
            CASE WHEN k.status = 'RECEIVED' THEN ${at(`${begun} + 0.012`, size)} END, ${at(begun, size)}, ${at(begun, size)}
     FROM generate_series(1, ${transfers}) AS g(n)
     CROSS JOIN LATERAL (SELECT CASE WHEN g.n > ${transfers} * 0.9 THEN (ARRAY['DRAFT', 'SENT', 'PARTIALLY_RECEIVED'])[1 + g.n % 3] ELSE 'RECEIVED' END AS status) k
     JOIN location t ON t.tenant_id = {tenant} AND t.code = 'T-01'
     JOIN site n ON n.tenant_id = {tenant} AND n.code = 'NORTH'
     JOIN worker w ON w.n = g.n % 20`,
  );
  await run(
    "their lines",
    `INSERT INTO transfer_line (tenant_id, transfer_id, line_number, item_id, from_location_id, quantity, received_quantity)
     SELECT {tenant}, t.id, 1, s.item_id, s.location_id, 10, CASE t.status WHEN 'RECEIVED' THEN 10 WHEN 'PARTIALLY_RECEIVED' THEN 4 ELSE 0 END
     FROM transfer t JOIN slot s ON s.n = (substr(t.number, 4)::bigint - 1) * ${lotEvery} WHERE t.tenant_id = {tenant}`,
  );
  await receipts(run, size);
  await happened(run);
  await run("the last transfer's number", lastNumber("TR", "transfer"));
}

async function receipts(run: Run, { days }: Size): Promise<void> {
  await run(
    "their receipts",
    `INSERT INTO transfer_receipt (tenant_id, transfer_id, user_id, created_at)
     SELECT {tenant}, id, sent_by, sent_at + make_interval(secs => ${(days * 86_400 * 0.008).toFixed(3)})
     FROM transfer WHERE tenant_id = {tenant} AND status IN ('RECEIVED', 'PARTIALLY_RECEIVED')`,
  );
  await run(
    "what they received",
    `INSERT INTO transfer_receipt_line (tenant_id, transfer_id, receipt_id, line_number, transfer_line_id, stock_status, to_location_id, quantity)
     SELECT {tenant}, t.id, r.id, 1, l.id, 'AVAILABLE', p.id, l.received_quantity
     FROM transfer_receipt r JOIN transfer t ON t.tenant_id = r.tenant_id AND t.id = r.transfer_id
     JOIN transfer_line l ON l.tenant_id = t.tenant_id AND l.transfer_id = t.id
     JOIN location p ON p.tenant_id = t.tenant_id AND p.site_id = t.to_site_id AND p.code = 'N-' || lpad((1 + substr(t.number, 4)::bigint % 1000)::text, 6, '0')
     WHERE r.tenant_id = {tenant}`,
  );
}

async function happened(run: Run): Promise<void> {
  await run(
    "what they sent and received",
    `INSERT INTO happening (at, type, item_id, quantity, from_location_id, from_status, to_location_id, to_status, source_type, source_id, user_id)
     SELECT t.sent_at, 'MOVE', l.item_id, l.quantity, l.from_location_id, 'AVAILABLE', t.transit_location_id, 'AVAILABLE', 'TRANSFER', t.id, t.sent_by
     FROM transfer t JOIN transfer_line l ON l.tenant_id = t.tenant_id AND l.transfer_id = t.id WHERE t.tenant_id = {tenant} AND t.status <> 'DRAFT'
     UNION ALL
     SELECT r.created_at, 'MOVE', l.item_id, a.quantity, t.transit_location_id, 'AVAILABLE', a.to_location_id, 'AVAILABLE', 'TRANSFER_RECEIPT', r.id, r.user_id
     FROM transfer_receipt_line a JOIN transfer_receipt r ON r.tenant_id = a.tenant_id AND r.id = a.receipt_id
     JOIN transfer t ON t.tenant_id = a.tenant_id AND t.id = a.transfer_id
     JOIN transfer_line l ON l.tenant_id = a.tenant_id AND l.id = a.transfer_line_id WHERE a.tenant_id = {tenant}`,
  );
}
