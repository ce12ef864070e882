import type { Me } from "#contract/identity.ts";

const name = "signed-in-as";

/** What a tab keeps is of who signed in last: the drafts of another person are not for this one. */
export function claimTab({ tenant, user }: Me): void {
  const owner = `${tenant.id} ${user.id}`;
  const before = sessionStorage.getItem(name);
  if (before !== null && before !== owner) sessionStorage.clear();
  sessionStorage.setItem(name, owner);
  localStorage.setItem(name, owner);
}

/** What one person saw must not be there for the next one. */
export function leaveTab(): void {
  sessionStorage.clear();
  localStorage.removeItem(name);
}

/** All tabs of a browser share one session: when another one signs someone else in, or signs out, this one shows who it no longer is. */
export function onOtherPerson(tell: () => void): void {
  globalThis.addEventListener("storage", ({ key, newValue }) => {
    const owner = sessionStorage.getItem(name);
    if (key === name && owner !== null && newValue !== owner) tell();
  });
}
