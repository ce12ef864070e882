import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messages } from "#web/messages.ts";
import { AsyncSelect, type Choice, type PickerProps } from "#web/ui/async-select.tsx";
import { itemQuery, itemsQuery } from "./api.ts";

const shownMax = 20;
const choiceOf = ({ id, sku, name }: { id: string; sku: string; name: string }): Choice => ({ value: id, label: `${sku} · ${name}` });

/** An item by SKU, name or barcode; its value is the item's id. */
export function ItemPicker(props: PickerProps) {
  const [search, setSearch] = useState("");
  const found = useQuery(itemsQuery({ search, limit: shownMax }));
  const chosen = useQuery({ ...itemQuery(props.value ?? ""), enabled: props.value !== null });
  return (
    <AsyncSelect
      placeholder={messages.post.itemHint}
      {...props}
      choices={(found.data?.items ?? []).map(choiceOf)}
      loading={found.isFetching}
      chosen={props.value !== null && chosen.data ? choiceOf(chosen.data) : null}
      onSearch={setSearch}
    />
  );
}
