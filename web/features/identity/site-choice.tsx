import { Checkbox, Group, Text } from "@mantine/core";
import { useState } from "react";
import { adminMessages } from "#web/messages/admin.ts";
import { useMe } from "./session.ts";

const text = adminMessages.users;

interface Props {
  value?: string[];
  onChange?: (siteIds: string[]) => void;
  error?: React.ReactNode;
}

/** In which sites someone works. One that is not active any more stands here only for who has it. */
export function SiteChoice(props: Props) {
  const [atFirst] = useState(props.value ?? []);
  const sites = useMe().sites.filter(({ active, id }) => active || atFirst.includes(id));
  return (
    <Checkbox.Group label={text.sites} {...props}>
      <Group gap="md" pt={4}>
        {sites.length === 0 && <Text size="sm">{text.noSites}</Text>}
        {sites.map(({ id, code, name }) => (
          <Checkbox key={id} value={id} label={`${name} (${code})`} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}
