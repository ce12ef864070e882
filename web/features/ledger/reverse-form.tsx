import { Button, Group, List, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type InventoryEvent, type Posted, ReverseEvent } from "#contract/ledger.ts";
import { ApiError } from "#web/api/client.ts";
import { useSubmitKey } from "#web/api/submit-key.ts";
import { errorsOf, type FieldErrors, refusalByField } from "#web/api/validate.ts";
import { reasonCodesQuery } from "#web/features/catalog/api.ts";
import { messages } from "#web/messages.ts";
import { DialogForm, useDialogForm } from "#web/ui/dialog-form.tsx";
import { formatInstant, formatQuantity } from "#web/ui/format.ts";
import { LinkAnchor, LinkButton } from "#web/ui/links.tsx";
import { forgetStock, reverseEvent } from "./api.ts";

const text = messages.reverse;
type Blocker = Pick<InventoryEvent, "id" | "type" | "quantity" | "recordedAt" | "userName">;

export function ReverseForm({ event, onClose }: { event: InventoryEvent; onClose: () => void }) {
  const dialog = useDialogForm({ initialValues: { reasonCode: "", note: "" }, validate: (values) => faultsOf(values) });
  const { form, refuse } = dialog;
  const reasons = useQuery(reasonCodesQuery("REVERSAL"));
  const { mutate, isPending, data } = useReversal(event, (byField, blockers) =>
    blockers.length > 0 ? refuse(byField, <Blocked by={blockers} event={event} />) : refuse(byField),
  );
  if (data) return <Done posted={data} onClose={onClose} />;
  const choices = [
    { value: "", label: messages.post.chooseReason },
    ...(reasons.data?.items ?? []).map(({ code, name }) => ({ value: code, label: `${name} (${code})` })),
  ];

  return (
    <DialogForm
      dialog={dialog}
      what={<WhatItWillDo event={event} />}
      submit={text.submit(amountOf(event))}
      cancel={text.cancel}
      harmful
      pending={isPending}
      onSubmit={(values) => mutate(requestOf(values))}
      onClose={onClose}
    >
      <NativeSelect label={text.reason} required data={choices} {...form.getInputProps("reasonCode")} data-autofocus />
      <Textarea label={text.note} autosize minRows={2} {...form.getInputProps("note")} />
    </DialogForm>
  );
}

const requestOf = ({ reasonCode, note }: { reasonCode: string; note: string }): ReverseEvent => ({
  reasonCode,
  ...(note.trim() ? { note } : {}),
});

function faultsOf(values: { reasonCode: string; note: string }) {
  const faults = errorsOf(ReverseEvent, requestOf(values));
  return values.reasonCode ? faults : { ...faults, reasonCode: messages.post.chooseReason };
}

function useReversal(event: InventoryEvent, onRefused: (byField: FieldErrors, blockers: readonly Blocker[]) => void) {
  const queryClient = useQueryClient();
  const key = useSubmitKey();
  return useMutation({
    mutationFn: (request: ReverseEvent) => reverseEvent(event.id, request, key.keyFor(request)),
    onSuccess: () => {
      key.done();
      void forgetStock(queryClient);
    },
    onError: (error) => {
      const byField = refusalByField(error, (path) => (path === "reasonCode" || path === "note" ? path : ""));
      const blockers = error instanceof ApiError && Array.isArray(error.details.blockers) ? (error.details.blockers as Blocker[]) : [];
      onRefused(byField, blockers);
    },
  });
}

const amountOf = ({ quantity, uom, sku }: InventoryEvent) => `${formatQuantity(quantity)} ${uom} ${sku}`;

function WhatItWillDo({ event }: { event: InventoryEvent }) {
  const amount = amountOf(event);
  const { fromLocationId, fromLocationCode, toLocationId, toLocationCode, status, toStatus } = event;
  const turnsState = fromLocationId !== null && fromLocationId === toLocationId;
  return (
    <Stack gap={4}>
      {turnsState ? (
        <Text>{text.states(amount, fromLocationCode ?? "–", messages.status[toStatus], messages.status[status])}</Text>
      ) : (
        <>
          {toLocationId && <Text>{text.takes(amount, toLocationCode ?? "–")}</Text>}
          {fromLocationId && <Text>{text.puts(amount, fromLocationCode ?? "–")}</Text>}
        </>
      )}
      <Text size="sm" c="dimmed">
        {text.keeps}
      </Text>
    </Stack>
  );
}

function Blocked({ by, event: { itemId, uom } }: { by: readonly Blocker[]; event: InventoryEvent }) {
  return (
    <>
      <Text size="sm">{text.blocked}</Text>
      <List size="sm" mt="xs">
        {by.map(({ id, type, quantity, recordedAt, userName }) => (
          <List.Item key={id}>
            <LinkAnchor to="/items/$itemId" params={{ itemId }} search={{ event: id }} size="sm">
              {messages.eventType[type]} {formatQuantity(quantity)} {uom}
            </LinkAnchor>
            {` · ${formatInstant(recordedAt)} · ${userName}`}
          </List.Item>
        ))}
      </List>
    </>
  );
}

function Done({ posted: { event }, onClose }: { posted: Posted; onClose: () => void }) {
  return (
    <Stack role="status">
      <Text>{text.done}</Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {text.close}
        </Button>
        <LinkButton to="/items/$itemId" params={{ itemId: event.itemId }} search={{ event: event.id }} onClick={onClose} data-autofocus>
          {text.seeReversal}
        </LinkButton>
      </Group>
    </Stack>
  );
}
