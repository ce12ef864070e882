import { Alert } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type Posted, type PostableType, postableTypes } from "#contract/ledger.ts";
import { mayWork, useMe } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { draftOf } from "#web/ui/draft.ts";
import { Page } from "#web/ui/page.tsx";
import { type Entry, newEntry } from "./entry.ts";
import { PostEventForm } from "./post-event-form.tsx";
import { PostedPanel } from "./posted-panel.tsx";

const draft = draftOf<Entry>("draft:post-event");
const route = getRouteApi("/frame/post");

export function PostEventPage() {
  const worker = mayWork(useMe());
  return <Page title={messages.post.title}>{worker ? <PostEvent /> : <Alert color="gray">{messages.post.notAllowed}</Alert>}</Page>;
}

function PostEvent() {
  const { type, itemId } = route.useSearch();
  const navigate = route.useNavigate();
  const [start, setStart] = useState(() => ({ number: 0, entry: withAddress(draft.read(newEntry), type, itemId) }));
  const [posted, setPosted] = useState<Posted | null>(null);

  // The address has said what to begin with. Left there, it would undo after a reload what was chosen since.
  useEffect(() => {
    if (!type && !itemId) return;
    draft.keep(start.entry);
    void navigate({ search: {}, replace: true });
  }, [type, itemId, start, navigate]);

  const next = (kept: Partial<Entry>) => {
    draft.drop();
    setStart(({ number }) => ({ number: number + 1, entry: { ...newEntry, ...kept } }));
  };
  return (
    <>
      {posted && <PostedPanel key={posted.event.id} posted={posted} />}
      <PostEventForm
        key={start.number}
        initial={start.entry}
        onChange={draft.keep}
        onClear={() => {
          setPosted(null);
          next({});
        }}
        onPosted={(answer, entry) => {
          setPosted(answer);
          // The next one is often of the same kind and place: a pallet is put away line by line.
          next({ type: entry.type, direction: entry.direction, toLocationId: entry.toLocationId });
        }}
      />
    </>
  );
}

/** A link from elsewhere names what to post; it goes before what was begun and left. */
function withAddress(begun: Entry, type: string | undefined, itemId: string | undefined): Entry {
  const entry = itemId && itemId !== begun.itemId ? { ...newEntry, type: begun.type, itemId } : begun;
  return isPostable(type) ? { ...entry, type } : entry;
}

const isPostable = (type: string | undefined): type is PostableType => postableTypes.some((known) => known === type);
