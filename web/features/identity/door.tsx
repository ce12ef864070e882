import { Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { messages } from "#web/messages.ts";

/** A screen for who is not signed in: one thing to do, in the middle. */
export function Door({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${messages.product}`;
  }, [title]);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper p="xl" w="100%" maw={380}>
        <Stack>
          <Group gap="sm" wrap="nowrap">
            <img src="/favicon.svg" width={36} height={36} alt="" />
            <div>
              <Title order={1}>{title}</Title>
              <Text size="sm" c="dimmed">
                {messages.product}
              </Text>
            </div>
          </Group>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
