import { Alert, Button, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Item } from "#contract/catalog.ts";
import { ApiError } from "#web/api/client.ts";
import { type FieldErrors, refusalByField } from "#web/api/validate.ts";
import { maySupervise, useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { draftOf } from "#web/ui/draft.ts";
import { announce } from "#web/ui/announce.ts";
import { FormAlert } from "#web/ui/form-alert.tsx";
import { LinkButton } from "#web/ui/links.tsx";
import { Page } from "#web/ui/page.tsx";
import { QueryState } from "#web/ui/query-state.tsx";
import { itemQuery, updateItem } from "./api.ts";
import { NotAllowed } from "#web/ui/not-allowed.tsx";
import { ItemForm } from "./item-form.tsx";
import { changedFrom, fieldNames, fieldOfItem, type ItemValues, requestOf, valuesOf } from "./item-values.ts";

const text = messages.itemForm;
const route = getRouteApi("/frame/items/$itemId/edit");

export function EditItemPage() {
  const { itemId } = route.useParams();
  const supervisor = maySupervise(useMe());
  // Loaded anew, and then left alone: what is being changed must not change under the hands.
  const query = useQuery({ ...itemQuery(itemId), refetchOnWindowFocus: false });
  if (!supervisor) return <NotAllowed title={messages.items.item} reason={messages.itemForm.notAllowed} />;
  if (query.data) return <Editor key={query.data.version} item={query.data} />;
  return (
    <Page title={messages.items.item}>
      <QueryState query={query}>{() => null}</QueryState>
    </Page>
  );
}

function Editor({ item }: { item: Item }) {
  const original = valuesOf(item);
  const draft = draftOf<ItemValues>(`draft:item:${item.id}`);
  const [{ initial, round }, begin] = useState(() => ({ initial: draft.read(original), round: 0 }));
  const [refusal, setRefusal] = useState<FieldErrors>({});
  const [stale, setStale] = useState(false);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { mutate, isPending } = useMutation({
    mutationFn: (values: ItemValues) => updateItem(item.id, { version: item.version, ...requestOf(values), active: values.active }),
    onSuccess: async (changed) => {
      draft.drop();
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
        key={round}
        initial={initial}
        editing
        submitLabel={text.save}
        pending={isPending}
        refusal={refusal}
        alert={
          stale ? (
            <Stale onLoad={() => void queryClient.invalidateQueries({ queryKey: ["item", item.id] })} />
          ) : (
            <Kept
              changes={changedFrom(original, initial)}
              original={original}
              onDiscard={() => {
                draft.drop();
                begin({ initial: original, round: round + 1 });
              }}
            />
          )
        }
        cancel={
          <LinkButton to="/items/$itemId" params={{ itemId: item.id }} variant="default" onClick={draft.drop}>
            {text.cancel}
          </LinkButton>
        }
        onSubmit={(values) => mutate(values)}
        onChange={(values) => draft.keep(changedFrom(original, values))}
      />
    </Page>
  );
}

/** What was typed before, laid over the item as it is now: that may be someone else's by now. */
function Kept({ changes, original, onDiscard }: { changes: Partial<ItemValues>; original: ItemValues; onDiscard: () => void }) {
  const names = Object.keys(changes) as (keyof ItemValues)[];
  if (names.length === 0) return null;
  const isNow = (name: keyof ItemValues) =>
    typeof original[name] === "object" ? fieldNames[name] : text.isNow(fieldNames[name], String(original[name]));
  return (
    <Alert color="petrol">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{text.kept(names.map(isNow).join(", "))}</Text>
        <Button size="xs" variant="default" onClick={onDiscard}>
          {text.discard}
        </Button>
      </Stack>
    </Alert>
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
