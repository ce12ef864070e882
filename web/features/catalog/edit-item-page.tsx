import { Button, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Item } from "#contract/catalog.ts";
import { ApiError } from "#web/api/client.ts";
import { type FieldErrors, refusalByField } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { announce } from "#web/ui/announce.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { LinkButton } from "#web/ui/links.tsx";
import { Page } from "#web/ui/page.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { itemQuery, updateItem } from "./api.ts";
import { ItemForm } from "./item-form.tsx";
import { fieldOfItem, type ItemValues, requestOf, valuesOf } from "./item-values.ts";

const text = messages.itemForm;
const route = getRouteApi("/frame/items/$itemId/edit");

export function EditItemPage() {
  const { itemId } = route.useParams();
  // Loaded anew, and then left alone: what is being changed must not change under the hands.
  const query = useQuery({ ...itemQuery(itemId), refetchOnWindowFocus: false });
  if (query.data) return <Editor key={query.data.version} item={query.data} />;
  return (
    <Page title={messages.items.item}>
      <QueryState query={query}>{() => null}</QueryState>
    </Page>
  );
}

function Editor({ item }: { item: Item }) {
  const [refusal, setRefusal] = useState<FieldErrors>({});
  const [stale, setStale] = useState(false);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { mutate, isPending } = useMutation({
    mutationFn: (values: ItemValues) => updateItem(item.id, { version: item.version, ...requestOf(values), active: values.active }),
    onSuccess: async (changed) => {
      void announce(text.saved(changed.sku));
      await navigate({ to: "/items/$itemId", params: { itemId: item.id } });
      queryClient.setQueryData(itemQuery(item.id).queryKey, changed);
      void queryClient.invalidateQueries({ queryKey: ["items"] });
    },
    onError: (error) => {
      const isStale = error instanceof ApiError && error.code === "STALE_VERSION";
      setStale(isStale);
      setRefusal(isStale ? {} : refusalByField(error, fieldOfItem));
    },
  });
  return (
    <Page title={text.editTitle(item.sku)}>
      <ItemForm
        initial={valuesOf(item)}
        editing
        submitLabel={text.save}
        pending={isPending}
        refusal={refusal}
        alert={stale && <Stale onLoad={() => void queryClient.invalidateQueries({ queryKey: ["item", item.id] })} />}
        cancel={
          <LinkButton to="/items/$itemId" params={{ itemId: item.id }} variant="default">
            {text.cancel}
          </LinkButton>
        }
        onSubmit={(values) => mutate(values)}
      />
    </Page>
  );
}

function Stale({ onLoad }: { onLoad: () => void }) {
  return (
    <FormAlert>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {text.stale} {text.staleNext}
        </Text>
        <Button size="xs" variant="default" onClick={onLoad}>
          {text.loadTheirs}
        </Button>
      </Stack>
    </FormAlert>
  );
}
