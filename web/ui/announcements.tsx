import { lazy, Suspense, useSyncExternalStore } from "react";
import { announced } from "./announce.ts";

const Notifications = lazy(async () => ({ default: (await import("@mantine/notifications")).Notifications }));

/** Where announcements appear; loaded with the first one. */
export function Announcements() {
  const wanted = useSyncExternalStore(announced.subscribe, announced.read);
  if (!wanted) return null;
  return (
    <Suspense>
      <Notifications position="top-right" />
    </Suspense>
  );
}
