import type { Insert } from "./every-table.ts";
import type { TestTenant } from "./fixtures.ts";

/** Five sent from another site, where everyone may work; one of them received. */
export async function fillTransfers(insert: Insert, { sites, users }: TestTenant, { item, lot }: { item: string; lot: string }) {
  const nextSite = await insert("site", { code: "NEXT", name: "Next site" });
  for (const { id } of [users.Supervisor, users.Operator, users.Viewer]) await insert("site_access", { user_id: id, site_id: nextSite });
  const transit = await insert("location", { site_id: nextSite, code: "T-01", type: "TRANSIT" });
  const transfer = await insert("transfer", {
    number: "TR-EVERY",
    from_site_id: nextSite,
    to_site_id: sites.main.id,
    status: "PARTIALLY_RECEIVED",
    transit_location_id: transit,
    created_by: users.Operator.id,
    sent_by: users.Operator.id,
    sent_at: "2026-01-01",
  });
  const of = { transfer_id: transfer };
  const line = { ...of, line_number: 1, item_id: item, lot_id: lot, from_location_id: transit, quantity: 5, received_quantity: 1 };
  const transferLine = await insert("transfer_line", line);
  const transferReceipt = await insert("transfer_receipt", { ...of, user_id: users.Operator.id });
  await insert("transfer_receipt_line", {
    ...of,
    receipt_id: transferReceipt,
    line_number: 1,
    transfer_line_id: transferLine,
    stock_status: "AVAILABLE",
    to_location_id: sites.main.locations["A-01"],
    quantity: 1,
  });
  await insert("inventory_balance", { item_id: item, location_id: transit, lot_id: lot, status: "AVAILABLE", on_hand: 4 });
  return { nextSite, transfer, transferLine, transferReceipt };
}
