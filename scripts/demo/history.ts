import { inOwnerTransaction } from "../provision.ts";

const days = 29;
const dayMs = 86_400_000;

/**
 * Spreads the demo company's events over the last month, in the order in which they were posted, so that its charts and its past
 * have something to show. The one place where instants are set by hand: by the owner, in made-up data, before anyone has seen it.
 */
export async function spreadOverAMonth(ownerUrl: string, tenantId: string): Promise<void> {
  await inOwnerTransaction(ownerUrl, async (client) => {
    const { rows } = await client.query<{ seq: string }>(
      "SELECT e.seq::text AS seq FROM inventory_event e WHERE e.tenant_id = $1 ORDER BY e.seq",
      [tenantId],
    );
    const instants = workingInstants(rows.length, Date.now());
    await client.query("ALTER TABLE inventory_event DISABLE TRIGGER inventory_event_immutable");
    await client.query(
      `UPDATE inventory_event e SET recorded_at = past.instant, occurred_at = past.instant
       FROM unnest($2::bigint[], $3::timestamptz[]) AS past (seq, instant) WHERE e.tenant_id = $1 AND e.seq = past.seq`,
      [tenantId, rows.map(({ seq }) => seq), instants],
    );
    await client.query("ALTER TABLE inventory_event ENABLE TRIGGER inventory_event_immutable");
  });
}

/** `count` instants, never going back: within working hours, some days busier than others, little at week's end, none after `now`. */
export function workingInstants(count: number, now: number): string[] {
  const weights = Array.from({ length: days }, (_, day) => weightOf(now - (days - day) * dayMs, day));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let [done, reached] = [0, 0];
  return weights.flatMap((weight, day) => {
    reached += weight;
    const upTo = day === days - 1 ? count : Math.round((count * reached) / total);
    const share = upTo - done;
    done = upTo;
    const opening = Math.floor((now - (days - day) * dayMs) / dayMs) * dayMs + 6 * 3_600_000;
    return Array.from({ length: share }, (_, n) => new Date(opening + ((n + 0.5) / share) * 9 * 3_600_000).toISOString());
  });
}

function weightOf(instant: number, day: number): number {
  const weekday = new Date(instant).getUTCDay();
  // Uneven, and the same for everyone.
  return (weekday === 0 || weekday === 6 ? 0.15 : 1) * (0.6 + ((day * 7) % 11) / 12);
}
