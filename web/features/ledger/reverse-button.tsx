import { Badge, Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense } from "react";
import type { InventoryEvent } from "#contract/ledger.ts";
import { maySupervise, mayWork, useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { formatQuantity } from "#web/ui/format.ts";

const text = messages.reverse;
// With the schemas it validates by, it is the larger part of every list of events, and rarely wanted.
const ReverseDialog = lazy(() => import("./reverse-dialog.tsx"));
/** These come from documents, which are reversed as a whole. */
const ofDocuments = new Set(["ISSUE", "PRODUCE", "COUNT"]);

export function ReverseButton({ event }: { event: InventoryEvent }) {
  const me = useMe();
  const [opened, { open, close }] = useDisclosure();
  const allowed = event.type === "ADJUST" ? maySupervise(me) : mayWork(me);
  if (event.reversedByEventId && !opened) {
    return (
      <Badge variant="outline" color="gray">
        {messages.events.reversed}
      </Badge>
    );
  }
  if ((!allowed || event.reversesEventId || ofDocuments.has(event.type)) && !opened) return null;
  const what = `${messages.eventType[event.type]} ${formatQuantity(event.quantity)} ${event.uom} ${event.sku}`;
  return (
    <>
      <Button size="compact-xs" variant="subtle" px={4} mx={-4} fw={500} onClick={open} aria-label={text.actionOf(what)}>
        {text.action}
      </Button>
      {opened && (
        <Suspense>
          <ReverseDialog event={event} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
