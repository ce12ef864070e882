const listeners = new Set<() => void>();
let wanted = false;

/** Says that something worked, where a screen reader hears it too. */
export async function announce(message: string): Promise<void> {
  const { notifications } = await import("@mantine/notifications");
  notifications.show({ message, color: "green", autoClose: 6_000 });
  wanted = true;
  for (const listener of listeners) listener();
}

/** Whether anything was announced yet: before that, nothing of it is loaded. */
export const announced = {
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  read: () => wanted,
};
