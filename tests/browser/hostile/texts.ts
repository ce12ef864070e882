// Texts as someone would type them who wants a page to run them. Each begins or ends with a tag of its own, `<XSS-7>`, by which it is
// found again; in capitals, since codes are. `XSS()` is a function that the tests put into the page: to call it is to have won.

const families = {
  "that break out of markup": {
    short: (tag: string) => `${tag}"'><IMG SRC=X ONERROR=XSS()></SCRIPT></STYLE>{{7*7}}`,
    more: [
      `<script>XSS()</script>`,
      `<svg onload=XSS()>`,
      `" autofocus onfocus="XSS()`,
      `' onmouseover='XSS()`,
      `</textarea></title></option></noscript><iframe src=//evil.test>`,
      `<style>*{background:url(//evil.test/)}</style>`,
      `--><base href=//evil.test><!--`,
    ],
  },
  "that are read once more": {
    short: (tag: string) => `JAVASCRIPT:XSS()//\${XSS()}&LT;SVG/ONLOAD=XSS()&GT;${tag}`,
    more: [
      `%3Cscript%3EXSS()%3C/script%3E`,
      `\\u003cimg src=x onerror=XSS()\\u003e`,
      `＜img src=x onerror=XSS()＞`,
      `<scr\u200bipt>XSS()</scr\u200bipt>`,
      `<a href="data:text/html,<script>XSS()</script>">x</a>`,
      `{{constructor.constructor('XSS()')()}}<%= XSS() %>#{XSS()}`,
      `<math><mi//xlink:href="data:x,<script>XSS()</script>">`,
    ],
  },
} as const;

export type Family = keyof typeof families;
export const familyNames = Object.keys(families) as Family[];

/** As much of a family as `max` characters hold. */
export function hostileText(family: Family, number: number, max: number): string {
  const tag = `<XSS-${number}>`;
  const { short, more } = families[family];
  if (short(tag).length > max) return `${tag}"'><B>`.slice(0, max);
  return more.reduce((text, next) => (text.length + 1 + next.length <= max ? `${text} ${next}` : text), short(tag));
}

/** What an e-mail address may hold of it. */
export const hostileEmail = (number: number) => `xss-${number}'onfocus=xss'&lt{{7*7}}@acme.test`;
