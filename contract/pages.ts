/** The addresses of the web app, which the server answers with its page; every other one is a 404. */
export const pagePaths = [
  "/",
  "/sign-in",
  "/forgot-password",
  "/set-password",
  "/account",
  "/items",
  "/items/new",
  "/items/{itemId}",
  "/items/{itemId}/edit",
  "/balances",
  "/events",
  "/post",
  "/admin/users",
  "/admin/users/{userId}",
  "/admin/security",
] as const;
