import { constantOf, node } from './build.ts';
import { bare } from './bare.ts';
import { reachable } from './reachability.ts';
import type { Typed } from './typed.ts';

/**
 * What a condition keeps away from zero is 1 where the condition fails: `mean(a / n, where: n > 0)` neither divides by zero nor sends a
 * gradient through such a division. Elements that take part are what they were.
 */
export function guardedBy(
  value: Typed,
  condition: Typed | undefined,
  /** What the file divides by, or takes a logarithm or root of. */
  risky: ReadonlySet<Typed>,
): Typed {
  const tests = condition === undefined ? new Map<Typed, Typed>() : nonzeroTests(condition);
  for (const compared of tests.keys()) if (!risky.has(compared)) tests.delete(compared);
  if (tests.size === 0) return value;
  const inside = reachable([value]);
  if (![...inside].some((typed) => guardable(typed, tests) !== undefined)) return value;
  const known = new Map<Typed, Typed>();
  const rewritten = (typed: Typed): Typed => {
    const found = known.get(typed);
    if (found !== undefined) return found;
    const args = typed.args.map(rewritten);
    const test = guardable(typed, tests);
    const at = args.length - 1;
    const operand = args[at];
    if (test !== undefined && operand !== undefined) {
      const { element } = operand.type;
      const one = node('number', [], { value: 1 }, { element, axes: [] }, typed.span);
      args[at] = node('where', [test, operand, one], {}, operand.type, typed.span, operand.mask);
    }
    const changed = args.some((each, position) => each !== typed.args[position]);
    const result: Typed = changed ? { ...typed, args } : typed;
    known.set(typed, result);
    return result;
  };
  return rewritten(value);
}

/** The test of a division's divisor, or of what a logarithm or root is of. */
function guardable(typed: Typed, tests: ReadonlyMap<Typed, Typed>): Typed | undefined {
  const risky =
    (typed.op === 'two' && typed.attributes.op === 'div') ||
    (typed.op === 'one' && ['log', 'log10', 'sqrt'].includes(typed.attributes.op));
  const operand = risky ? typed.args.at(-1) : undefined;
  return operand === undefined ? undefined : tests.get(bare(operand));
}

/** Comparisons that hold wherever the condition does and leave zero out, by what they compare: `n > 0`, `n != 0`. */
function nonzeroTests(condition: Typed): Map<Typed, Typed> {
  const found = new Map<Typed, Typed>();
  const look = (typed: Typed): void => {
    const inner = bare(typed);
    if (inner.op !== 'two') return;
    const [left, right] = inner.args;
    if (left === undefined || right === undefined) return;
    if (inner.attributes.op === 'and') {
      look(left);
      look(right);
      return;
    }
    const [a, b] = [constantOf(left), constantOf(right)];
    const { op } = inner.attributes;
    if (b !== undefined && ((op === 'gt' && b >= 0) || (op === 'ge' && b > 0) || (op === 'ne' && b === 0)))
      found.set(bare(left), inner);
    if (a !== undefined && ((op === 'lt' && a >= 0) || (op === 'le' && a > 0) || (op === 'ne' && a === 0)))
      found.set(bare(right), inner);
  };
  look(condition);
  return found;
}
