import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Posted, PostEvent } from "#contract/ledger.ts";
import { ApiError } from "#web/api/client.ts";
import { useSubmitKey } from "#web/api/submit-key.ts";
import { type FieldErrors, refusalByField } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { formatQuantity } from "#web/ui/format.ts";
import { forgetStock, postEvent } from "./api.ts";
import { type Entry, fieldOf, requestOf, shapeOf } from "./entry.ts";

interface Outcome {
  onPosted: (posted: Posted, entry: Entry) => void;
  onRefused: (errors: FieldErrors) => void;
}

/** Posts an entry once, however often and fast the button is pressed; tells a refusal by field. */
export function usePosting({ onPosted, onRefused }: Outcome) {
  const [problem, setProblem] = useState("");
  const key = useSubmitKey("key:post-event");
  const queryClient = useQueryClient();
  const { mutate, isPending } = useMutation({
    // One after the other: a second press in the moment before the button is disabled waits, and finds its key answered.
    scope: { id: "post-event" },
    mutationFn: ({ request, idempotencyKey }: { entry: Entry; request: PostEvent; idempotencyKey: string }) =>
      postEvent(request, idempotencyKey),
    onSuccess: (posted, { entry }) => {
      setProblem("");
      key.done();
      void forgetStock(queryClient);
      onPosted(posted, entry);
    },
    onError: (error, { entry }) => {
      const { "": whole = "", ...byField } = refusalOf(error, entry);
      setProblem(whole);
      onRefused(byField);
      void queryClient.invalidateQueries({ queryKey: ["balances"] });
    },
  });
  const submit = (entry: Entry) => {
    const request = requestOf(entry);
    mutate({ entry, request, idempotencyKey: key.keyFor(request) });
  };
  return { submit, pending: isPending, problem };
}

interface Shortage {
  sku?: string;
  locationCode?: string;
  lotCode?: string | null;
  asked?: number;
  available?: number;
}

function refusalOf(error: unknown, entry: Entry): FieldErrors {
  if (error instanceof ApiError && error.code === "INSUFFICIENT_STOCK") {
    const { sku, locationCode, lotCode, asked = 0, available = 0 } = error.details as Shortage;
    const what = [sku, locationCode, lotCode].filter(Boolean).join(" · ");
    return { quantity: messages.post.shortage(formatQuantity(available), what, formatQuantity(asked)) };
  }
  if (error instanceof ApiError && error.code === "LOT_EXPIRED") return { reasonCode: error.message };
  return refusalByField(error, (path) => fieldOf(path, shapeOf(entry)));
}
