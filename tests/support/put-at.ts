/** Sets `lines.0.itemId` of an object, making what is not there on the way. */
export function putAt(target: object, path: string, value: unknown): void {
  const names = path.split(".");
  let inner = target as Record<string, unknown>;
  names.forEach((name, index) => {
    if (index === names.length - 1) inner[name] = value;
    else inner = (inner[name] ??= /^\d+$/.test(names[index + 1] ?? "") ? [] : {}) as Record<string, unknown>;
  });
}
