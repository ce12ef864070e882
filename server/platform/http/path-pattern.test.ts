import { expect, test } from "vitest";
import { createPathPattern } from "./path-pattern.ts";

test.each<[string, string, Record<string, string> | undefined]>([
  ["/sites", "/sites", {}],
  ["/sites/{id}", "/sites/7", { id: "7" }],
  ["/items/{id}/barcodes/{barcodeId}", "/items/7/barcodes/8", { id: "7", barcodeId: "8" }],
  ["/openapi.json", "/openapi.json", {}],
  // The same address in another spelling has the same parameters.
  ["/sites/{id}", "/s%69tes/%37", { id: "7" }],
  ["/sites/{id}", "/sites/a%2Fb", { id: "a/b" }],
  ["/sites/{id}", "/sites/%2541", { id: "%41" }],
  ["/sites/{id}", "/sites/%zz", { id: "%zz" }],
  ["/sites/{id}", "/sites/__proto__", { id: "__proto__" }],
  ["/sites/{id}", "/sites", undefined],
  ["/sites/{id}", "/sites/", undefined],
  ["/sites/{id}", "/sites/7/", undefined],
  ["/sites/{id}", "/sites//7", undefined],
  ["/sites/{id}", "/Sites/7", undefined],
  ["/sites/{id}", "/x/sites/7", undefined],
  ["/openapi.json", "/openapixjson", undefined],
  ["/sites", "", undefined],
])("%s of %s: %o", (pattern, path, parameters) => {
  expect(createPathPattern(pattern)(path)).toEqual(parameters);
});
