import { nGrams, type JudgedText } from './n-grams.ts';

const orders = [1, 2, 3, 4] as const;
const sigma = 6;

interface Weighed {
  readonly grams: readonly ReadonlyMap<string, number>[];
  readonly norms: readonly number[];
  /** Pairs of neighbouring words: pycocoevalcap's length. */
  readonly length: number;
}

/**
 * CIDEr-D (R. Vedantam et al. 2015), the mean over texts of 0 to 10: cosines of the counts of runs of 1 to 4 words, each weighed by how few texts
 * have it in a reference, clipped to the reference and lowered by e^(−(difference of lengths)² / 2·6²). What pycocoevalcap calls CIDEr.
 */
export function cider(texts: readonly JudgedText[]): number {
  const frequency = new Map<string, number>();
  for (const { references } of texts) {
    const grams = new Set(references.flatMap((words) => orders.flatMap((n) => [...nGrams(words, n).keys()])));
    for (const gram of grams) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
  }
  const logCount = Math.log(texts.length);
  const weigh = (words: readonly string[]): Weighed => {
    const grams = orders.map((n) => new Map([...nGrams(words, n)].map(([gram, count]) => [gram, count * (logCount - Math.log(Math.max(1, frequency.get(gram) ?? 0)))]))); // prettier-ignore
    const norms = grams.map((weights) => Math.hypot(...weights.values()));
    return { grams, norms, length: Math.max(0, words.length - 1) };
  };
  const scores = texts.map(({ found, references }) => {
    const own = weigh(found);
    const each = references.map((reference) => likeness(own, weigh(reference)));
    return (10 * each.reduce((sum, value) => sum + value, 0)) / Math.max(references.length, 1);
  });
  return scores.reduce((sum, score) => sum + score, 0) / Math.max(texts.length, 1);
}

function likeness(found: Weighed, reference: Weighed): number {
  const penalty = Math.exp(-((found.length - reference.length) ** 2) / (2 * sigma ** 2));
  const cosines = orders.map((_, at) => {
    let product = 0;
    for (const [gram, weight] of found.grams[at] ?? []) {
      const other = reference.grams[at]?.get(gram) ?? 0;
      product += Math.min(weight, other) * other;
    }
    const norms = (found.norms[at] ?? 0) * (reference.norms[at] ?? 0);
    return norms === 0 ? product : product / norms;
  });
  return (penalty * cosines.reduce((sum, value) => sum + value, 0)) / orders.length;
}
