/** How often each run of n words occurs; a run is its words with spaces between. */
export function nGrams(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + n <= words.length; at++) {
    const gram = words.slice(at, at + n).join(' ');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** A text that was found beside those that people wrote, each cut into words. */
export interface JudgedText {
  readonly found: readonly string[];
  readonly references: readonly (readonly string[])[];
}
