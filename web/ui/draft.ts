import { useCallback } from "react";

/** What was typed and not sent yet, kept over a reload of this tab. */
export function useDraft<Values extends object>(name: string) {
  return {
    /** The kept values laid over `initial`: a field that a newer version of the form has is there too. */
    read: (initial: Values): Values => {
      try {
        return { ...initial, ...(JSON.parse(sessionStorage.getItem(name) ?? "{}") as Partial<Values>) };
      } catch {
        return initial;
      }
    },
    keep: useCallback((values: Values) => sessionStorage.setItem(name, JSON.stringify(values)), [name]),
    drop: useCallback(() => sessionStorage.removeItem(name), [name]),
  };
}
