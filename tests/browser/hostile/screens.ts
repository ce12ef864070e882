import { readFileSync } from "node:fs";

/** A screen of the app, as its router knows it: `/items/$itemId`, and the parameters of its address. */
export interface Screen {
  path: string;
  parameters: readonly string[];
}

const quoted = (list: string) => [...list.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name);

/** Every screen there is, read from the router: a new one is opened without being named anywhere else. */
export function allScreens(): Screen[] {
  const router = readFileSync("web/app/router.tsx", "utf8");
  const named = new Map(
    [...readFileSync("web/app/search.ts", "utf8").matchAll(/export const (\w+) = searchOf\(([^)]*)\)/g)].map(([, name = "", list = ""]) => [
      name,
      quoted(list),
    ]),
  );
  const parametersOf = (route: string): readonly string[] => {
    const given = /validateSearch: (?:searchOf\(([^)]*)\)|(\w+))/.exec(route);
    if (!given) return [];
    const [, list, name = ""] = given;
    const found = list === undefined ? named.get(name) : quoted(list);
    if (!found || found.length === 0) throw new Error(`The parameters of a screen could not be read: ${route.slice(0, 200)}`);
    return found;
  };
  const routes = router
    .split("createRoute({")
    .slice(1)
    .map((text) => text.slice(0, text.indexOf("\n});")));
  const ofFrame = parametersOf(routes.find((route) => route.includes('id: "frame"')) ?? "");
  return routes.flatMap((route) => {
    const path = /\bpath: "([^"]+)"/.exec(route)?.[1];
    const inFrame = route.includes("getParentRoute: () => frameRoute");
    return path === undefined ? [] : [{ path, parameters: [...parametersOf(route), ...(inFrame ? ofFrame : [])] }];
  });
}
