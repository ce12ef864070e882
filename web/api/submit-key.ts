import { useRef } from "react";

/**
 * The `Idempotency-Key` of a submit: the same for the same body until it succeeded, so that pressing again after a
 * lost answer, even after a reload when `storageName` is given, does the thing once. Another body gets another key.
 */
export function useSubmitKey(storageName?: string) {
  const kept = useRef<{ key: string; body: string } | null>(storageName ? readKept(storageName) : null);
  return {
    keyFor(request: unknown): string {
      const body = JSON.stringify(request);
      if (kept.current?.body !== body) kept.current = { key: randomKey(), body };
      if (storageName) sessionStorage.setItem(storageName, JSON.stringify(kept.current));
      return kept.current.key;
    },
    done() {
      kept.current = null;
      if (storageName) sessionStorage.removeItem(storageName);
    },
  };
}

function readKept(storageName: string): { key: string; body: string } | null {
  try {
    return JSON.parse(sessionStorage.getItem(storageName) ?? "null") as { key: string; body: string } | null;
  } catch {
    return null;
  }
}

/** `crypto.randomUUID` is missing on a page served over plain HTTP from another machine of the house. */
const randomKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
