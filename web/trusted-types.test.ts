import { expect, test } from "vitest";
import { withoutElements } from "./trusted-types.ts";

test.each(["*, *::before { transition: none !important; }", "@media (min-width: 48em) { .a > .b { color: red } }", "", "a &lt; b"])(
  "%j holds no element, and passes",
  (text) => expect(withoutElements(text)).toBe(text),
);

test.each(["<img src=x onerror=XSS()>", "a{}</style><script>XSS()</script>", "<", "<!-- -->", "a < b", "<script></script>"])(
  "%j might, and is refused",
  (text) => expect(withoutElements(text)).toBeNull(),
);
