// Until TypeScript's own library knows it: https://w3c.github.io/trusted-types/dist/spec/
interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML: (text: string) => string | null }): unknown;
}

/** A text that can become no element, since none begins in it; null refuses. Style elements are written by the libraries as such. */
export const withoutElements = (text: string): string | null => (text.includes("<") ? null : text);

/**
 * The page's policy lets no plain text be read as markup, script or a script's address: all of it comes by here, and only what holds
 * no element passes. React would otherwise hand markup to the browser wherever someone wrote `dangerouslySetInnerHTML`.
 */
export function refuseMarkup(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy("default", { createHTML: withoutElements });
}
