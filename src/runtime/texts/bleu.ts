import { nGrams, type JudgedText } from './n-grams.ts';

/**
 * Corpus BLEU-n from 0 to 1 (K. Papineni et al. 2002): clipped precisions of runs of 1 to n words over the whole set, their geometric mean,
 * and the penalty e^(1 − r/c) of what is shorter than its references; r adds up the closest reference of each text, the shorter on a tie. Guards
 * against empty counts are pycocoevalcap's.
 */
export function bleu(texts: readonly JudgedText[], order: number): number {
  const right = Array.from({ length: order }, () => 0);
  const total = Array.from({ length: order }, () => 0);
  let length = 0;
  let wanted = 0;
  for (const { found, references } of texts) {
    length += found.length;
    wanted += closest(found.length, references.map((reference) => reference.length)); // prettier-ignore
    for (let n = 1; n <= order; n++) {
      const most = new Map<string, number>();
      for (const reference of references)
        for (const [gram, count] of nGrams(reference, n)) most.set(gram, Math.max(most.get(gram) ?? 0, count));
      for (const [gram, count] of nGrams(found, n)) {
        right[n - 1] = (right[n - 1] ?? 0) + Math.min(count, most.get(gram) ?? 0);
        total[n - 1] = (total[n - 1] ?? 0) + count;
      }
    }
  }
  const product = right.reduce((so, count, at) => so * ((count + 1e-15) / ((total[at] ?? 0) + 1e-9)), 1);
  const ratio = (length + 1e-15) / (wanted + 1e-9);
  return product ** (1 / order) * (ratio < 1 ? Math.exp(1 - 1 / ratio) : 1);
}

function closest(length: number, others: readonly number[]): number {
  const [best = 0] = [...others].sort((a, b) => Math.abs(a - length) - Math.abs(b - length) || a - b);
  return best;
}
