import { Alert } from "@mantine/core";
import { Page } from "./page.tsx";

/** In place of a screen whose answers or changes the server would refuse to this role. */
export function NotAllowed({ title, reason }: { title: string; reason: string }) {
  return (
    <Page title={title}>
      <Alert color="gray">{reason}</Alert>
    </Page>
  );
}
