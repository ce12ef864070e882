import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useSubmitKey } from "#web/api/submit-key.ts";
import { type FieldErrors, refusalByField } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { useDraft } from "#web/ui/draft.ts";
import { LinkButton } from "#web/ui/links.tsx";
import { announce } from "#web/ui/announce.ts";
import { Page } from "#web/ui/page.tsx";
import { createItem } from "./api.ts";
import { ItemForm } from "./item-form.tsx";
import { fieldOfItem, type ItemValues, newItem, requestOf } from "./item-values.ts";

const text = messages.itemForm;

export function NewItemPage() {
  const draft = useDraft<ItemValues>("draft:new-item");
  const [initial] = useState(() => draft.read(newItem));
  const [refusal, setRefusal] = useState<FieldErrors>({});
  const key = useSubmitKey("key:new-item");
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { mutate, isPending } = useMutation({
    mutationFn: (values: ItemValues) => createItem(requestOf(values), key.keyFor(requestOf(values))),
    onSuccess: async (item) => {
      draft.drop();
      key.done();
      void announce(text.created(item.sku));
      await queryClient.invalidateQueries({ queryKey: ["items"] });
      await navigate({ to: "/items/$itemId", params: { itemId: item.id } });
    },
    onError: (error) => setRefusal(refusalByField(error, fieldOfItem)),
  });
  return (
    <Page title={text.newTitle}>
      <ItemForm
        initial={initial}
        editing={false}
        submitLabel={text.create}
        pending={isPending}
        refusal={refusal}
        cancel={
          <LinkButton to="/items" variant="default" onClick={draft.drop}>
            {text.cancel}
          </LinkButton>
        }
        onSubmit={(values) => mutate(values)}
        onChange={draft.keep}
      />
    </Page>
  );
}
