import { useQuery } from "@tanstack/react-query";
import { messages } from "#web/messages.ts";
import { AsyncSelect, type AsyncSelectProps, type Choice } from "#web/ui/async-select.tsx";
import { itemQuery, itemsQuery } from "./api.ts";

const shownMax = 20;
const choiceOf = ({ id, sku, name }: { id: string; sku: string; name: string }): Choice => ({ value: id, label: `${sku} · ${name}` });

function useItemChoices(search: string) {
  const query = useQuery(itemsQuery({ search, limit: shownMax }));
  return { choices: (query.data?.items ?? []).map(choiceOf), loading: query.isFetching };
}

/** An item by SKU, name or barcode; its value is the item's id. */
export function ItemPicker(props: Omit<AsyncSelectProps, "useChoices" | "chosen">) {
  const chosen = useQuery({ ...itemQuery(props.value ?? ""), enabled: props.value !== null });
  return <AsyncSelect placeholder={messages.post.itemHint} {...props} useChoices={useItemChoices} chosen={props.value !== null && chosen.data ? choiceOf(chosen.data) : null} />;
}
