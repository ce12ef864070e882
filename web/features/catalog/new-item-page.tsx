import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useSubmitKey } from "#web/api/submit-key.ts";
import { type FieldErrors, refusalByField } from "#web/api/validate.ts";
import { maySupervise, useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { draftOf } from "#web/ui/draft.ts";
import { LinkButton } from "#web/ui/links.tsx";
import { announce } from "#web/ui/announce.ts";
import { Page } from "#web/ui/page.tsx";
import { NotAllowed } from "#web/ui/not-allowed.tsx";
import { createItem } from "./api.ts";
import { ItemForm } from "./item-form.tsx";
import { fieldOfItem, type ItemValues, newItem, requestOf } from "./item-values.ts";

const text = messages.itemForm;
const draft = draftOf<ItemValues>("draft:new-item");

export function NewItemPage() {
  const supervisor = maySupervise(useMe());
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
  if (!supervisor) return <NotAllowed title={text.newTitle} reason={messages.itemForm.notAllowed} />;
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
