/** Texts that differ and are the same once they are cut into tokens: each with the first that it is like. */
export function sameTokens(texts: readonly string[], ids: Int32Array, context: number): (readonly [string, string])[] {
  const first = new Map<string, string>();
  return texts.flatMap((text, row): (readonly [string, string])[] => {
    const key = ids.subarray(row * context, (row + 1) * context).join();
    const twin = first.get(key);
    if (twin === undefined) first.set(key, text);
    return twin === undefined || twin === text ? [] : [[twin, text]];
  });
}
