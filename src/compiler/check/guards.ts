import type { Span } from '../source/span.ts';
import type { CheckedModel } from './checked.ts';
import type { Checker } from './checker.ts';
import { isPositive, mayBeZero, Ranges, type Range } from './ranges.ts';
import { gradientReaches, reachable, rootsOf } from './reachability.ts';
import type { Typed } from './typed.ts';

/** A division, logarithm or root that the file writes, and where. */
export interface Risk {
  readonly typed: Typed;
  /** What must not be zero. */
  readonly operand: Typed;
  readonly word: '/' | 'log' | 'log10' | 'sqrt';
  readonly span: Span;
  /** Where the operand is written. */
  readonly at: Span;
  /** Reports as if inside the calls in which it was found. */
  readonly inPlace: (work: () => void) => void;
}

/**
 * The law: `/` and `log` of a possible zero are guarded by `max(x, ε)`, `clamp`, non-negative + ε, or the `where:` of the reduction that
 * takes them in; a `sqrt` through which a gradient flows likewise, for its slope at zero is infinite.
 */
export function checkGuards(checker: Checker, model: Pick<CheckedModel, 'training' | 'evaluations'>): void {
  const roots = rootsOf(model);
  const computed = reachable(roots);
  const trained = gradientReaches(model.training.terms.map((term) => term.typed));
  const ranges = new Ranges(checker);
  for (const risk of checker.risks) {
    // what the condition of a reduction guards was written anew there
    if (!(risk.word === 'sqrt' ? trained : computed).has(risk.typed)) continue;
    const range = ranges.of(risk.operand);
    if (risk.word === '/' ? mayBeZero(range) : !isPositive(range)) report(checker, risk, range);
  }
}

function report(checker: Checker, { word, span, at, inPlace }: Risk, { low, high }: Range): void {
  const [what, message] =
    word === '/'
      ? ['divisor', 'this divides by what may be zero']
      : word === 'sqrt'
        ? ['operand', 'the slope of `sqrt` is infinite where this is zero, and a gradient flows through it']
        : ['operand', `\`${word}\` of what may be zero${low < 0 ? ' or less' : ''}`];
  const bound = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : value < 0 ? '−∞' : '∞'); // prettier-ignore
  inPlace(() => {
    checker.report.error('CX3019', span, message, {
      severity: 'warning',
      related: [{ span: at, label: `the ${what}` }],
      found: `from ${bound(low)} to ${bound(high)}`,
      help: 'guard it: `max(x, 1e-6)`, `clamp(x, low, high)`, `x + 1e-6` of what is never negative, or `where:` in the reduction around it (`where(c, a, b)` is no guard)',
    }); // prettier-ignore
  });
}
