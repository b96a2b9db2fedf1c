import type { CheckedExperiment, CheckedTerm } from '../../check/checked.ts';
import { formatShare } from '../../common/format-number.ts';
import type { WeightSpec } from '../../program/schedule.ts';
import { weightWords } from '../../program/words.ts';
import type { Change } from '../change.ts';
import type { Sides } from '../sides.ts';

/** Terms that joined or left the objective, and their weights with what share of all weights they are. Formulas: `formulas.ts`. */
export function lossChanges(sides: Sides): Change[] {
  const terms = sides.pairs('loss', sides.base.checked.training.terms, sides.head.checked.training.terms);
  const shares = { base: weightShares(sides.base.checked), head: weightShares(sides.head.checked) };
  return terms.flatMap(({ base, head }): Change[] => {
    const share = { before: shares.base.get(base?.name ?? '') ?? 0, after: shares.head.get(head?.name ?? '') ?? 0 };
    const places = { base: base?.span, head: head?.span };
    const effect = { share };
    if (head === undefined && base !== undefined) {
      return [sides.change('loss-removed', `loss ${base.name}`, weighted(base), null, `− ${weighted(base)}; it had ${formatShare(share.before)} of all weights`, { ...places, effect })]; // prettier-ignore
    }
    if (base === undefined && head !== undefined) {
      return [sides.change('loss-added', `loss ${head.name}`, null, weighted(head), `+ ${weighted(head)}; it has ${formatShare(share.after)} of all weights`, { ...places, effect })]; // prettier-ignore
    }
    if (base === undefined || head === undefined) return [];
    const changes: Change[] = [];
    if (base.name !== head.name)
      changes.push(sides.change('loss-renamed', `loss ${base.name}`, base.name, head.name, `${base.name} is now called ${head.name}`, places)); // prettier-ignore
    const [before, after] = [weightOf(base.weight), weightOf(head.weight)];
    if (before.text !== after.text) {
      const name = 'name' in head.weight && head.weight.name !== undefined ? ` (${head.weight.name})` : '';
      const sentence = `${head.name}${name} ${before.text} → ${after.text}; share of all weights ${formatShare(share.before)} → ${formatShare(share.after)}`;
      changes.push(
        sides.change('loss-weight', `loss ${base.name}`, before.value, after.value, sentence, {
          base: weightSpan(sides.base.checked, base),
          head: weightSpan(sides.head.checked, head),
          effect,
        }),
      );
    }
    return changes;
  });
}

const weighted = ({ name, formula, weight }: CheckedTerm): string =>
  `${weight.kind === 'constant' && weight.value === 1 ? '' : `${weightOf(weight).text} * `}${name} = ${formula}`;

function weightOf(weight: WeightSpec): { readonly text: string; readonly value: number | string } {
  const text = weightWords(weight);
  return { text, value: weight.kind === 'constant' ? weight.value : text };
}

/** Of the sum of absolute weights: how loud a term is allowed to be before any value is known. A ramp counts by its end. */
function weightShares({ training }: CheckedExperiment): ReadonlyMap<string, number> {
  const sizes = training.terms.map(({ weight }) => Math.abs(weight.kind === 'constant' ? weight.value : weight.to));
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  return new Map(training.terms.map((term, index) => [term.name, whole === 0 ? 0 : (sizes[index] ?? 0) / whole]));
}

/** The `weight` statement that gave the number, else the loss. */
function weightSpan(checked: CheckedExperiment, { weight, span }: CheckedTerm): CheckedTerm['span'] {
  const name = 'name' in weight ? weight.name : undefined;
  return checked.weights.find((each) => each.name === name)?.span ?? span;
}
