import { type Query, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { LiveTopic } from "#contract/live.ts";
import { listenForChanges } from "#web/api/live.ts";
import { meQuery } from "#web/features/identity/session.ts";

const [stock, documents, protection] = [
  ["items", "item", "balances", "events", "timeline", "lots", "dashboard"],
  ["dashboard"],
  ["security", "health"],
];
/** What is asked for anew, by the first word of its key; of some topics no screen shows anything yet. */
const outdatedBy: Record<LiveTopic, readonly string[]> = {
  stock,
  item: stock,
  "abc-classes": ["items", "item"],
  barcode: ["item"],
  lot: ["lots", "balances"],
  unit: ["units"],
  "reason-code": ["reason-codes"],
  site: ["me", "dashboard"],
  location: ["locations", "location"],
  "location-item": [],
  settings: ["me", "dashboard"],
  "purchase-order": documents,
  receipt: documents,
  "cycle-count": documents,
  "production-order": documents,
  transfer: documents,
  alert: documents,
  supplier: [],
  "supplier-item": [],
  bom: [],
  import: [...stock, "locations", "units"],
  user: ["users", "user", "me"],
  session: ["sessions"],
  mail: [],
  address: protection,
  "circuit-breaker": protection,
};

// A busy warehouse changes all the time: its screens are loaded anew at once, and then this often.
const restMs = 3_000;

/** What is being changed must not change under the hands: its form says so by the same word as for a window that gets the focus. */
const isLeftAlone = (query: Query) => query.observers.some(({ options }) => options.refetchOnWindowFocus === false);

/** Keeps what is on the screen as others change it. */
export function useLiveUpdates(): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    let outdated = new Set<string>();
    let waiting: number | undefined;
    const forget = (isOutdated: (query: Query) => boolean) =>
      void queryClient.invalidateQueries({ predicate: (query) => isOutdated(query) && !isLeftAlone(query) });
    const refresh = () => {
      waiting = undefined;
      if (outdated.size === 0) return;
      const names = outdated;
      outdated = new Set();
      forget(({ queryKey }) => names.has(String(queryKey[0])));
      waiting = window.setTimeout(refresh, restMs);
    };
    const stop = listenForChanges({
      onChanged: (topics) => {
        for (const topic of topics) for (const name of outdatedBy[topic] ?? []) outdated.add(name);
        if (waiting === undefined) refresh();
      },
      onGap: () => forget(({ state }) => state.dataUpdatedAt > 0),
      onEnded: () => void queryClient.invalidateQueries({ queryKey: meQuery.queryKey }),
    });
    return () => {
      window.clearTimeout(waiting);
      stop();
    };
  }, [queryClient]);
}
