import { TextInput } from "@mantine/core";
import { adminMessages } from "#web/messages/admin.ts";

const text = adminMessages.user;

/** Where no mail is set up: shown once, taken whole by one click. */
export function LinkToHandOver({ url }: { url: string }) {
  return (
    <TextInput
      label={text.linkLabel}
      description={text.linkMade}
      value={url}
      readOnly
      w="100%"
      maw={640}
      onFocus={({ currentTarget }) => currentTarget.select()}
    />
  );
}
