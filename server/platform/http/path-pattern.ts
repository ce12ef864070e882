/** The parameters that stand in an address, as they are meant; undefined for an address of another form. */
export type PathPattern = (pathname: string) => Record<string, string> | undefined;

/** Reads addresses of the form `/sites/{id}`. */
export function createPathPattern(path: string): PathPattern {
  const parts = path.split("/").map((part) => ({ part, parameter: /^\{(\w+)\}$/.exec(part)?.[1] }));
  return (pathname) => {
    const given = pathname.split("/");
    if (given.length !== parts.length) return undefined;
    const parameters: Record<string, string> = {};
    for (const [index, { part, parameter }] of parts.entries()) {
      const text = decoded(given[index] ?? "");
      if (parameter !== undefined && text !== "") parameters[parameter] = text;
      else if (text !== part) return undefined;
    }
    return parameters;
  };
}

/** What is no encoding stands for itself. */
function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
