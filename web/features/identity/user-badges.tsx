import { Badge } from "@mantine/core";
import type { User } from "#contract/identity.ts";
import { adminMessages } from "#web/messages/admin.ts";

const text = adminMessages.users;

export function UserState({ active, invited }: Pick<User, "active" | "invited">) {
  if (!active) return <Badge color="gray">{text.inactive}</Badge>;
  return <Badge color={invited ? "orange" : "green"}>{invited ? text.invited : text.active}</Badge>;
}
