/** Which rows and seeds the flags of a command mean. */
import type { CheckedExperiment } from '../../compiler/check/checked.ts';
import { nearestName } from '../../compiler/common/suggest.ts';
import { UsageError } from '../failure.ts';

/** `all`, or labels; `full` alone where nothing is said. Throws `UsageError` where there is no such row. */
export function chosenRows(flag: string | undefined, checked: CheckedExperiment): readonly string[] {
  const known = ['full', ...checked.rows.map((it) => it.label)];
  if (flag === undefined) return ['full'];
  if (flag === 'all') return known;
  return labels(flag, known).map((row) => {
    if (known.includes(row)) return row;
    const near = nearestName(row, known);
    throw new UsageError(
      `there is no row "${row}"; the experiment has ${known.map((it) => `"${it}"`).join(', ')}`,
      near === undefined ? undefined : `did you mean "${near}"?`,
    );
  });
}

/** Labels between commas; a label may hold commas itself, as `λ = 0.5, τ = 1` of a sweep does: the longest that is one counts. */
function labels(flag: string, known: readonly string[]): readonly string[] {
  const parts = words(flag);
  const found: string[] = [];
  for (let from = 0; from < parts.length;) {
    let to = parts.length;
    while (to > from + 1 && !known.includes(parts.slice(from, to).join(', '))) to -= 1;
    found.push(parts.slice(from, to).join(', '));
    from = to;
  }
  return found;
}

/** `all` that the file names, or numbers; the first alone where nothing is said. Throws `UsageError`. */
export function chosenSeeds(flag: string | undefined, { seeds }: CheckedExperiment): readonly number[] {
  if (flag === undefined) return [seeds[0] ?? 1];
  if (flag === 'all') return seeds.length === 0 ? [1] : seeds;
  return words(flag).map((word) => {
    const seed = Number(word);
    if (Number.isInteger(seed) && seed >= 0) return seed;
    throw new UsageError(`--seeds holds "${word}", expected whole numbers separated by commas, or all`);
  });
}

function words(flag: string): readonly string[] {
  return flag.split(',').map((it) => it.trim()).filter((it) => it !== ''); // prettier-ignore
}
