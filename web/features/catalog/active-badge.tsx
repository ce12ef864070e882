import { Badge } from "@mantine/core";
import { messages } from "#web/messages.ts";

export function ActiveBadge({ active }: { active: boolean }) {
  return <Badge color={active ? "green" : "gray"}>{active ? messages.items.active : messages.items.inactive}</Badge>;
}
