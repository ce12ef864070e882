import { notifications } from "@mantine/notifications";

/** Says that something worked, where a screen reader hears it too. */
export const announce = (message: string) => notifications.show({ message, color: "green", autoClose: 6_000 });
