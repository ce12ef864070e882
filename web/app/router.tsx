import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from "@tanstack/react-router";
import { ApiError } from "#web/api/client.ts";
import { meQuery } from "#web/features/identity/session.ts";
import { messages } from "#web/messages.ts";
import { PageSkeleton } from "#web/ui/skeletons.tsx";
import { NotFoundPage } from "./not-found-page.tsx";
import { RouteError } from "./route-error.tsx";
import {
  balancesSearch,
  eventsSearch,
  itemsSearch,
  parseSearch,
  searchOf,
  type SearchText,
  stringifySearch,
  usersSearch,
} from "./search.ts";

interface Context {
  queryClient: QueryClient;
}

/** A screen's script, loaded with the screen. The library would reload the page when it cannot be had: without a network all would be gone. */
const lazyScreen: typeof lazyRouteComponent = (load, name) =>
  lazyRouteComponent(
    () =>
      load().catch((cause: unknown) => {
        throw new Error(messages.error.screen, { cause });
      }),
    name,
  );

const rootRoute = createRootRouteWithContext<Context>()({});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: searchOf("from"),
  component: lazyScreen(() => import("#web/features/identity/sign-in-page.tsx"), "SignInPage"),
});

const forgotPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot-password",
  component: lazyScreen(() => import("#web/features/identity/forgot-password-page.tsx"), "ForgotPasswordPage"),
});

const setPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/set-password",
  component: lazyScreen(() => import("#web/features/identity/set-password-page.tsx"), "SetPasswordPage"),
});

// With its types written out: inferred, they would come from the very routes that they are a part of.
async function requireSignedIn({ context, location }: { context: Context; location: { href: string } }): Promise<void> {
  try {
    await context.queryClient.ensureQueryData(meQuery);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    // oxlint-disable-next-line typescript/only-throw-error -- the router's way to redirect
    throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { from: location.href }, replace: true });
  }
}

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "frame",
  validateSearch: searchOf("site"),
  search: { middlewares: [retainSearchParams<SearchText<"site">>(["site"])] },
  beforeLoad: requireSignedIn,
  component: lazyScreen(() => import("./frame.tsx"), "Frame"),
});

const dashboardRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/",
  component: lazyScreen(() => import("#web/features/dashboard/dashboard-page.tsx"), "DashboardPage"),
});

const itemsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/items",
  validateSearch: itemsSearch,
  component: lazyScreen(() => import("#web/features/catalog/items-page.tsx"), "ItemsPage"),
});

const newItemRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/items/new",
  component: lazyScreen(() => import("#web/features/catalog/new-item-page.tsx"), "NewItemPage"),
});

const itemRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/items/$itemId",
  validateSearch: searchOf("event"),
  component: lazyScreen(() => import("#web/features/catalog/item-page.tsx"), "ItemPage"),
});

const editItemRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/items/$itemId/edit",
  component: lazyScreen(() => import("#web/features/catalog/edit-item-page.tsx"), "EditItemPage"),
});

const balancesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/balances",
  validateSearch: balancesSearch,
  component: lazyScreen(() => import("#web/features/ledger/balances-page.tsx"), "BalancesPage"),
});

const eventsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/events",
  validateSearch: eventsSearch,
  component: lazyScreen(() => import("#web/features/ledger/events-page.tsx"), "EventsPage"),
});

const postRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/post",
  validateSearch: searchOf("type", "itemId"),
  component: lazyScreen(() => import("#web/features/ledger/post-event-page.tsx"), "PostEventPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/account",
  component: lazyScreen(() => import("#web/features/identity/account-page.tsx"), "AccountPage"),
});

const usersRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/admin/users",
  validateSearch: usersSearch,
  component: lazyScreen(() => import("#web/features/identity/users-page.tsx"), "UsersPage"),
});

const userRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/admin/users/$userId",
  component: lazyScreen(() => import("#web/features/identity/user-page.tsx"), "UserPage"),
});

const securityRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/admin/security",
  component: lazyScreen(() => import("#web/features/operations/security-page.tsx"), "SecurityPage"),
});

// Inside the frame, so that whoever went astray sees the way back.
const anywhereElse = createRoute({ getParentRoute: () => frameRoute, path: "$", component: NotFoundPage });

const routeTree = rootRoute.addChildren([
  signInRoute,
  forgotPasswordRoute,
  setPasswordRoute,
  frameRoute.addChildren([
    dashboardRoute,
    itemsRoute,
    newItemRoute,
    itemRoute,
    editItemRoute,
    balancesRoute,
    eventsRoute,
    postRoute,
    accountRoute,
    usersRoute,
    userRoute,
    securityRoute,
    anywhereElse,
  ]),
]);

export const createAppRouter = (queryClient: QueryClient) =>
  createRouter({
    routeTree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    // The queries keep what was loaded; the router must not keep a second copy.
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 80,
    defaultPendingMinMs: 0,
    scrollRestoration: true,
    defaultPendingComponent: PageSkeleton,
    defaultNotFoundComponent: NotFoundPage,
    defaultErrorComponent: RouteError,
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
