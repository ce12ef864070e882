import { Button, Group, List, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { type InventoryEvent, type Posted, ReverseEvent } from "#contract/ledger.ts";
import { ApiError } from "#web/api/client.ts";
import { useSubmitKey } from "#web/api/submit-key.ts";
import { errorsOf, refusalByField } from "#web/api/validate.ts";
import { reasonCodesQuery } from "#web/features/catalog/api.ts";
import { messages } from "#web/messages.ts";
import { focusFirstError } from "#web/ui/focus-first-error.ts";
import { formatInstant, formatQuantity } from "#web/ui/format.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { LinkAnchor, LinkButton } from "#web/ui/links.tsx";
import { forgetStock, reverseEvent } from "./api.ts";

const text = messages.reverse;
type Blocker = Pick<InventoryEvent, "id" | "type" | "quantity" | "recordedAt" | "userName">;
interface Problem {
  message: string;
  blockers: readonly Blocker[];
}

export function ReverseForm({ event, onClose }: { event: InventoryEvent; onClose: () => void }) {
  const form = useForm({ initialValues: { reasonCode: "", note: "" }, validate: (values) => faultsOf(values) });
  const reasons = useQuery(reasonCodesQuery("REVERSAL"));
  const element = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { mutate, isPending, data } = useReversal(event, (refused, byField) => {
    setProblem(refused);
    form.setErrors(byField);
    focusFirstError(element.current);
  });
  if (data) return <Done posted={data} onClose={onClose} />;
  const choices = [
    { value: "", label: messages.post.chooseReason },
    ...(reasons.data?.items ?? []).map(({ code, name }) => ({ value: code, label: `${name} (${code})` })),
  ];

  return (
    <form
      ref={element}
      noValidate
      onSubmit={(submitted) =>
        form.onSubmit(
          (values) => mutate(requestOf(values)),
          () => focusFirstError(element.current),
        )(submitted)
      }
    >
      <Stack>
        <WhatItWillDo event={event} />
        {problem && <Refusal problem={problem} event={event} />}
        <NativeSelect label={text.reason} required data={choices} {...form.getInputProps("reasonCode")} data-autofocus />
        <Textarea label={text.note} autosize minRows={2} {...form.getInputProps("note")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" color="red.9" loading={isPending}>
            {text.submit(amountOf(event))}
          </Button>
        </Group>
      </Stack>
    </form>
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

function useReversal(event: InventoryEvent, onRefused: (problem: Problem | null, byField: Record<string, string>) => void) {
  const queryClient = useQueryClient();
  const key = useSubmitKey();
  return useMutation({
    mutationFn: (request: ReverseEvent) => reverseEvent(event.id, request, key.keyFor(request)),
    onSuccess: () => {
      key.done();
      void forgetStock(queryClient);
    },
    onError: (error) => {
      const { "": message = "", ...byField } = refusalByField(error, (path) => (path === "reasonCode" || path === "note" ? path : ""));
      const blockers = error instanceof ApiError && Array.isArray(error.details.blockers) ? (error.details.blockers as Blocker[]) : [];
      onRefused(message ? { message, blockers } : null, byField);
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

function Refusal({ problem, event: { itemId, uom } }: { problem: Problem; event: InventoryEvent }) {
  return (
    <FormAlert>
      <Text size="sm">{problem.blockers.length > 0 ? text.blocked : problem.message}</Text>
      {problem.blockers.length > 0 && (
        <List size="sm" mt="xs">
          {problem.blockers.map(({ id, type, quantity, recordedAt, userName }) => (
            <List.Item key={id}>
              <LinkAnchor to="/items/$itemId" params={{ itemId }} search={{ event: id }} size="sm">
                {messages.eventType[type]} {formatQuantity(quantity)} {uom}
              </LinkAnchor>
              {` · ${formatInstant(recordedAt)} · ${userName}`}
            </List.Item>
          ))}
        </List>
      )}
    </FormAlert>
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
