/** Pictures are recognised by their bytes: old firmware sends them as octet-stream without a name. */

/** True for bytes that begin as a JPEG does (SOI and the start of a marker: FF D8 FF). */
export function startsAsJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** SOI at the front and EOI within the last 64 bytes (cameras pad or sign behind it). */
export function isWholeJpeg(bytes: Uint8Array): boolean {
  if (!startsAsJpeg(bytes)) return false;
  for (let at = bytes.length - 2; at >= Math.max(3, bytes.length - 64); at -= 1) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}
