/** The headers of every answer: the API's, the page's, the errors'. */
export function securityHeaders({ production }: { production: boolean }): readonly (readonly [string, string])[] {
  return [
    ["X-Frame-Options", "DENY"],
    ["X-Content-Type-Options", "nosniff"],
    ["X-XSS-Protection", "1; mode=block"],
    ["Referrer-Policy", "strict-origin-when-cross-origin"],
    ["Cross-Origin-Opener-Policy", "same-origin"],
    ["Cross-Origin-Embedder-Policy", "require-corp"],
    ["Cross-Origin-Resource-Policy", "same-origin"],
    ...(production ? [["Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"] as const] : []),
  ];
}

export const dataPolicy = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
  "Cache-Control": "no-store",
} as const;

/** For the app's page: scripts only from here, styles from here and by the page's nonce; no text is read as markup but by `web/trusted-types.ts`. */
export const pagePolicy = (nonce: string) => ({
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types default",
  ].join("; "),
  "Permissions-Policy": "geolocation=(), microphone=(), camera=(self)",
  "Cache-Control": "no-store",
});
