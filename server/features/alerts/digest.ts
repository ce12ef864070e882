import { sql } from "kysely";
import type { AlertType } from "#contract/alerts.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { MailMessage } from "#platform/mail.ts";

interface Recipient {
  email: string;
  name: string;
  tenantName: string;
}

interface DigestLine {
  type: AlertType;
  siteCode: string | null;
  /** Item and lot, order or count. */
  what: string;
  dueOn: string | null;
  /** Of all that are open for them, of this type. */
  ofType: number;
}

const shownMax = 20;

const headings: Record<AlertType, string> = {
  OUT_OF_STOCK: "Out of stock",
  LOW_STOCK: "Below the reorder point",
  EXPIRED: "Expired, and still there",
  EXPIRING: "Expiring soon",
  PO_OVERDUE: "Purchase orders that are overdue",
  COUNT_DUE: "Counts to begin",
};

export interface Digest {
  recipient: Recipient;
  lines: DigestLine[];
}

/** What is open for a member: of their sites and of the company; undefined when they want no mail, or there is nothing to tell. */
export async function readDigest(tx: Tx, userId: string): Promise<Digest | undefined> {
  const recipient = await tx.first(sql<Recipient>`
    SELECT u.email, m.name, t.name AS "tenantName"
    FROM membership m JOIN app_user u ON u.id = m.user_id JOIN tenant t ON t.id = m.tenant_id
    WHERE m.user_id = ${userId} AND m.active AND m.alert_digest = 'DAILY'`);
  if (!recipient) return undefined;
  const lines = await tx.many(sql<DigestLine>`
    SELECT n.type, w.code AS "siteCode", concat_ws(' ', i.sku, i.name, o.code, p.number, c.number, c.name) AS what, n.due_on AS "dueOn", n."ofType"
    FROM (
      SELECT a.*, count(*) OVER (PARTITION BY a.type) AS "ofType", row_number() OVER (PARTITION BY a.type ORDER BY a.due_on, a.id) AS place
      FROM alert a JOIN membership m ON m.user_id = ${userId}
      WHERE a.status = 'OPEN' AND (a.site_id IS NULL OR m.role = 'Admin' OR a.site_id IN (SELECT s.site_id FROM site_access s WHERE s.user_id = m.user_id))
    ) n
    LEFT JOIN site w ON w.id = n.site_id
    LEFT JOIN item i ON i.id = n.item_id
    LEFT JOIN lot o ON o.id = n.lot_id
    LEFT JOIN purchase_order p ON p.id = n.purchase_order_id
    LEFT JOIN cycle_count c ON c.id = n.cycle_count_id
    WHERE n.place <= ${shownMax}
    ORDER BY n.type, n.place`);
  return lines.length === 0 ? undefined : { recipient, lines };
}

/** Plain text: the open alerts by type, up to twenty of each by name. */
export function digestMail({ recipient, lines }: Digest, publicUrl: string): MailMessage {
  const { name, email, tenantName } = recipient;
  const parts = Object.entries(headings).flatMap(([type, heading]) => {
    const ofType = lines.filter((line) => line.type === type);
    const total = ofType[0]?.ofType ?? 0;
    if (total === 0) return [];
    const more = total > ofType.length ? [`  … and ${total - ofType.length} more`] : [];
    return [[`${heading}: ${total}`, ...ofType.map(lineOf), ...more].join("\n")];
  });
  const total = [...new Map(lines.map(({ type, ofType }) => [type, ofType])).values()].reduce((sum, ofType) => sum + ofType, 0);
  return {
    to: { name, address: email },
    subject: `${total} open ${total === 1 ? "alert" : "alerts"} at ${tenantName}`,
    text: [
      `Hello ${name},`,
      `this is open at ${tenantName}:`,
      ...parts,
      publicUrl,
      "You asked for this mail each morning; your account has the choice.",
    ].join("\n\n"),
  };
}

const lineOf = ({ what, siteCode, dueOn }: DigestLine) => `  ${[what, siteCode && `in ${siteCode}`, dueOn].filter(Boolean).join(", ")}`;
