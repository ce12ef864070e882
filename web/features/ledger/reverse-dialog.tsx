import { Group, Modal } from "@mantine/core";
import type { InventoryEvent } from "#contract/ledger.ts";
import { messages } from "#web/messages.ts";
import { ReverseForm } from "./reverse-form.tsx";

export default function ReverseDialog({ event, onClose }: { event: InventoryEvent; onClose: () => void }) {
  return (
    // In parts, since the library's whole has a second page header inside.
    <Modal.Root opened onClose={onClose}>
      <Modal.Overlay />
      <Modal.Content>
        <Group justify="space-between" wrap="nowrap" px="md" pt="md" pb="xs">
          <Modal.Title fw={650}>{messages.reverse.title}</Modal.Title>
          <Modal.CloseButton aria-label={messages.reverse.close} />
        </Group>
        <Modal.Body>
          <ReverseForm event={event} onClose={onClose} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
