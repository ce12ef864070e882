// In this order: browsers name those they descend from as well.
const browsers: readonly [name: string, mark: RegExp][] = [
  ["Edge", /\bEdg(e|A|iOS)?\/\d/],
  ["Opera", /\b(OPR|Opera)\/\d/],
  ["Samsung Internet", /\bSamsungBrowser\/\d/],
  ["Firefox", /\b(Firefox|FxiOS)\/\d/],
  ["Chrome", /\b(Chrome|CriOS|HeadlessChrome)\/\d/],
  ["Safari", /\bVersion\/[\d.]+.*\bSafari\/\d/],
];
const systems: readonly [name: string, mark: RegExp][] = [
  ["iPhone", /\biPhone\b/],
  ["iPad", /\biPad\b/],
  ["Android", /\bAndroid\b/],
  ["Windows", /\bWindows\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["macOS", /\bMac OS X\b|\bMacintosh\b/],
  ["Linux", /\bLinux\b/],
];
const nameLengthMax = 40;

/** A user agent in words: `Firefox on Windows`; of a program its name, `curl`. For people to know their devices by, nothing more. */
export function describeDevice(userAgent: string | null): string {
  if (!userAgent?.trim()) return "Unknown device";
  const browser = nameIn(browsers, userAgent);
  const system = nameIn(systems, userAgent);
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? (userAgent.trim().split(/[\s/]/)[0] ?? "").slice(0, nameLengthMax);
}

const nameIn = (names: readonly [string, RegExp][], userAgent: string) => names.find(([, mark]) => mark.test(userAgent))?.[0];
