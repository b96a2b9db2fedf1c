/** How Pillow names the pixels of a file: its `Image.mode`, of those that resizing treats apart. */
export type PictureMode =
  /** Bits, and indices into a palette: Pillow resizes both by the nearest neighbour. */
  | 'indexed'
  /** Grey or colours without transparency, whatever the file says of a transparent colour. */
  | 'opaque'
  | 'alpha'
  | 'ink'
  /** Of a format whose header is not read here. */
  | 'unknown';

/** Read from the first bytes of a PNG, JPEG, GIF or WebP file. */
export function pictureMode(bytes: Uint8Array): PictureMode {
  const [first, second] = bytes;
  if (first === 0x89 && second === 0x50) return pngMode(bytes[24] ?? 0, bytes[25] ?? 0);
  if (first === 0xff && second === 0xd8) return jpegComponents(bytes) === 4 ? 'ink' : 'opaque';
  if (first === 0x47 && second === 0x49) return 'indexed';
  if (text(bytes, 0) === 'RIFF' && text(bytes, 8) === 'WEBP') return webpHasAlpha(bytes) ? 'alpha' : 'opaque';
  return 'unknown';
}

/** PNG, section 11.2.2: bits of a sample, and the type of colour. */
function pngMode(depth: number, colour: number): PictureMode {
  if (colour === 3 || (colour === 0 && depth === 1)) return 'indexed';
  return colour === 4 || colour === 6 ? 'alpha' : 'opaque';
}

/** The channels that the frame header (SOF) of a JPEG file declares. */
function jpegComponents(bytes: Uint8Array): number | undefined {
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    // padding, and markers that stand alone
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return bytes[at + 9]; // prettier-ignore
    else at += 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
  return undefined;
}

function webpHasAlpha(bytes: Uint8Array): boolean {
  const chunk = text(bytes, 12);
  if (chunk === 'VP8X') return ((bytes[20] ?? 0) & 0x10) !== 0;
  // the lossless header: a signature of 8 bits, two sizes of 14, then whether alpha is used
  return chunk === 'VP8L' && ((bytes[24] ?? 0) & 0x10) !== 0;
}

const text = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
