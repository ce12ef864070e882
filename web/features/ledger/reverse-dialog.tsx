import type { InventoryEvent } from "#contract/ledger.ts";
import { messages } from "#web/messages.ts";
import { Dialog } from "#web/ui/dialog.tsx";
import { ReverseForm } from "./reverse-form.tsx";

export default function ReverseDialog({ event, onClose }: { event: InventoryEvent; onClose: () => void }) {
  return (
    <Dialog title={messages.reverse.title} onClose={onClose}>
      <ReverseForm event={event} onClose={onClose} />
    </Dialog>
  );
}
