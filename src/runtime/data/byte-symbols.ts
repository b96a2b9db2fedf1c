/** The 256 printable stand-ins of bytes, in the order of GPT-2's and CLIP's ids: first the bytes that are printable themselves. */
export const byteSymbols: readonly string[] = (() => {
  const direct = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  const rest = range(0, 255).filter((byte) => !direct.includes(byte));
  return [...direct.map((byte) => String.fromCharCode(byte)), ...rest.map((_, at) => String.fromCharCode(256 + at))];
})();

/** Byte → its place in `byteSymbols`. */
export const placeOfByte: readonly number[] = (() => {
  const direct = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  const order = [...direct, ...range(0, 255).filter((byte) => !direct.includes(byte))];
  const places = Array.from({ length: 256 }, () => 0);
  for (const [place, byte] of order.entries()) places[byte] = place;
  return places;
})();

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
