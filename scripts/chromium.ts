import { existsSync } from "node:fs";
import { ensureInstalled } from "./apt.ts";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The browser that the browser tests drive; CHROMIUM_PATH names another one. */
export function findChromium(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  return named || places.find((place) => existsSync(place));
}

export const ensureChromium = (log: (line: string) => void): Promise<void> =>
  ensureInstalled(
    {
      name: "Chromium",
      what: "The browser tests",
      find: findChromium,
      packages: ["chromium", "fonts-dejavu-core"],
      variable: "CHROMIUM_PATH",
    },
    log,
  );
