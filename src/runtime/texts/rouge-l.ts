import type { JudgedText } from './n-grams.ts';

/**
 * ROUGE-L from 0 to 1 (C. Lin 2004), the mean over texts: F of the longest common subsequence with β = 1.2, of the best precision and the
 * best recall among the references, as pycocoevalcap takes them.
 */
export function rougeL(texts: readonly JudgedText[], beta = 1.2): number {
  const scores = texts.map(({ found, references }) => {
    const common = references.map((reference) => ({ shared: longestCommon(found, reference), of: reference.length }));
    const precision = Math.max(0, ...common.map(({ shared }) => shared / Math.max(found.length, 1)));
    const recall = Math.max(0, ...common.map(({ shared, of }) => shared / Math.max(of, 1)));
    return precision === 0 || recall === 0
      ? 0
      : ((1 + beta ** 2) * precision * recall) / (recall + beta ** 2 * precision);
  });
  return scores.reduce((sum, score) => sum + score, 0) / Math.max(texts.length, 1);
}

/** Words that both have in one order, with gaps. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  const row = Array.from({ length: b.length + 1 }, () => 0);
  for (const word of a) {
    let diagonal = 0;
    for (let at = 1; at <= b.length; at++) {
      const above = row[at] ?? 0;
      row[at] = b[at - 1] === word ? diagonal + 1 : Math.max(above, row[at - 1] ?? 0);
      diagonal = above;
    }
  }
  return row[b.length] ?? 0;
}
