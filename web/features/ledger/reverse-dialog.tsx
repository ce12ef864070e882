import { Modal } from "@mantine/core";
import type { InventoryEvent } from "#contract/ledger.ts";
import { messages } from "#web/messages.ts";
import { ReverseForm } from "./reverse-form.tsx";

export default function ReverseDialog({ event, onClose }: { event: InventoryEvent; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title={messages.reverse.title} closeButtonProps={{ "aria-label": messages.reverse.close }}>
      <ReverseForm event={event} onClose={onClose} />
    </Modal>
  );
}
