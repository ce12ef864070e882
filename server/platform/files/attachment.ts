// What a name is shown by, and what no file system takes in one. A control or half a character would break the header.
const unfit = /[\p{C}\p{Z}"*/:<>?\\|]+/gu;
const lengthMax = 100;
// What a cut through a character leaves of it.
const halfOfOne = /^[\uDC00-\uDFFF]/;

/**
 * `Content-Disposition` of a file to be kept, whatever its name is made of (RFC 6266): plain letters for every client, and the whole
 * name beside them where it has others (RFC 8187). A name that is too long keeps its end.
 */
export function attachment(fileName: string): string {
  const plain = fileName.replaceAll(/[^\w.-]+/g, "-").slice(-lengthMax);
  const whole = fileName.replaceAll(unfit, " ").trim().slice(-lengthMax).replace(halfOfOne, "");
  const isPlain = /^\p{ASCII}*$/u.test(whole);
  return `attachment; filename="${plain}"${isPlain ? "" : `; filename*=UTF-8''${encoded(whole)}`}`;
}

const encoded = (text: string) =>
  encodeURIComponent(text).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
