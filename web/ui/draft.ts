/** What was typed and not sent yet, kept over a reload of this tab and over the end of a session. */
export function draftOf<Values extends object>(name: string) {
  return {
    /** The kept values laid over `initial`: a field that a newer version of the form has is there too. */
    read: (initial: Values): Values => ({ ...initial, ...readKept<Values>(name) }),
    keep: (values: Partial<Values>) => sessionStorage.setItem(name, JSON.stringify(values)),
    drop: () => sessionStorage.removeItem(name),
  };
}

function readKept<Values>(name: string): Partial<Values> | null {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null") as Partial<Values> | null;
  } catch {
    return null;
  }
}
