/** Width and height in points as the image's header tells them; undefined when it tells none. */
export function imageSize(kind: "png" | "jpeg", bytes: Uint8Array): { width: number; height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = kind === "png" ? pngSize(view) : jpegSize(view);
  return size && size.width > 0 && size.height > 0 ? size : undefined;
}

function pngSize(view: DataView) {
  // PNG, 11.2.1: the chunk IHDR stands first.
  if (view.byteLength < 33 || view.getUint32(12) !== 0x49484452) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Of JPEG's markers, those that begin a frame: C0 to CF but for the tables C4, C8 and CC. */
const beginsFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function jpegSize(view: DataView) {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (beginsFrame(marker)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    // A fill byte stands alone; a segment says its own length.
    at += marker === 0xff ? 1 : 2 + Math.max(view.getUint16(at + 2), 2);
  }
  return undefined;
}
