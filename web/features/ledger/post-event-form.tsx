import { Button, Group, Paper, Stack } from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import type { Item } from "#contract/catalog.ts";
import type { Balance, Posted } from "#contract/ledger.ts";
import { itemQuery } from "#web/features/catalog/api.ts";
import { messages } from "#web/messages.ts";
import { focusFirstError } from "#web/ui/focus-first-error.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { balancesQuery } from "./api.ts";
import { type Entry, faultsOf } from "./entry.ts";
import { IncomingFields, ItemField, PlaceFields, QuantityFields, ReasonFields, TypeFields } from "./entry-fields.tsx";
import { isAt } from "./preview.ts";
import { PreviewTable } from "./preview-table.tsx";
import { usePosting } from "./posting.ts";

const text = messages.post;

interface Props {
  initial: Entry;
  onChange: (entry: Entry) => void;
  onClear: () => void;
  onPosted: (posted: Posted, entry: Entry) => void;
}

export function PostEventForm({ initial, onChange, onClear, onPosted }: Props) {
  const element = useRef<HTMLFormElement>(null);
  const form: UseFormReturnType<Entry> = useForm<Entry>({
    initialValues: initial,
    onValuesChange: onChange,
    validate: (entry) => faultsOf(entry, item, source),
  });
  const entry: Entry = form.values;
  const item: Item | undefined = useQuery({ ...itemQuery(entry.itemId ?? ""), enabled: entry.itemId !== null }).data;
  // Of every site: stock may be taken wherever the user may work, whatever the top bar shows.
  const stock = useQuery({ ...balancesQuery({ itemId: entry.itemId ?? "", limit: 1_000 }), enabled: entry.itemId !== null });
  const balances = entry.itemId ? (stock.data?.items ?? []) : [];
  const source: Balance | undefined = balances.find((row) => isAt(row, entry.from));
  const { submit, pending, problem } = usePosting({
    onPosted,
    onRefused: (errors) => {
      form.setErrors(errors);
      focusFirstError(element.current);
    },
  });
  const refuse = () => {
    // It may be refused for a figure that is old by now.
    void stock.refetch();
    focusFirstError(element.current);
  };

  return (
    <form ref={element} noValidate className="floor" onSubmit={(event) => form.onSubmit(submit, refuse)(event)}>
      <Stack maw={720}>
        {problem && <FormAlert>{problem}</FormAlert>}
        <Paper p="md">
          <Stack>
            <TypeFields form={form} />
            <ItemField form={form} />
            <PlaceFields form={form} balances={balances} loading={stock.isFetching} />
            <IncomingFields form={form} item={item} />
            <QuantityFields form={form} item={item} source={source} />
            <ReasonFields form={form} source={source} />
          </Stack>
        </Paper>
        {item && <PreviewTable entry={entry} item={item} balances={balances} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClear}>
            {text.clear}
          </Button>
          <Button type="submit" loading={pending}>
            {text.submit[entry.type]}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
