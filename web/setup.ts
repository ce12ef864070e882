import { config } from "zod/v4/core";
import { refuseMarkup } from "./trusted-types.ts";

refuseMarkup();

// Zod would otherwise try `new Function` for each schema, and the page's policy would report each try.
config({ jitless: true });

export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

// The scroll lock beneath dialogs and menus looks here for the nonce of the style element it adds.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });
