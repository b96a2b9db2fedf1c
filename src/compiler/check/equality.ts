import type { Span } from '../source/span.ts';
import { describe } from './build.ts';
import type { Checker } from './checker.ts';
import { bare } from './bare.ts';
import type { Typed } from './typed.ts';

/** Two computed numbers are hardly ever equal to the last bit. */
export function reportEquality(checker: Checker, a: Typed, b: Typed, span: Span): void {
  // entries of one value are tied where they are the same to the last bit
  if (source(a) === source(b) || isItsExtreme(a, b) || isItsExtreme(b, a)) return;
  if (isWhole(checker, a) || isWhole(checker, b)) return;
  checker.report.error('CX3016', span, 'this asks whether two computed numbers are equal to the last bit', {
    severity: 'warning',
    related: [
      { span: a.span, label: describe(a) },
      { span: b.span, label: describe(b) },
    ],
    help: 'compare with a distance: `abs(a - b) < 1e-3`; of numbers that are meant to be whole take `round(x)`',
  });
}

/** The value whose entries these are, however they are arranged. */
function source(typed: Typed): Typed {
  const [inner] = typed.args;
  const arranged = ['rename', 'cast', 'gather', 'entry', 'slice', 'shuffle', 'expand', 'merge', 'split'].includes(
    typed.op,
  );
  return arranged && inner !== undefined ? source(inner) : typed;
}

/** The largest of x is exactly one of x. */
function isItsExtreme(extreme: Typed, of: Typed): boolean {
  const reduced = bare(extreme);
  if (reduced.op !== 'reduce' || !['max', 'min'].includes(reduced.attributes.reduction)) return false;
  const [operand] = reduced.args;
  return operand !== undefined && bare(operand) === bare(of);
}

/** Whether every value is a whole number by how it is made. */
function isWhole(checker: Checker, typed: Typed): boolean {
  if (typed.type.element !== 'f32') return true;
  const args = (from = 0): boolean => typed.args.slice(from).every((each) => isWhole(checker, each));
  switch (typed.op) {
    case 'number':
      return Number.isInteger(typed.attributes.value);
    case 'vector':
      return typed.attributes.values.every((value) => Number.isInteger(value));
    case 'column': {
      const kind = checker.columns.get(typed.attributes.column)?.column.kind;
      return kind === 'labels' || kind === 'scalar';
    }
    case 'one':
      return ['floor', 'ceil', 'round', 'sign'].includes(typed.attributes.op) || (['neg', 'abs', 'relu'].includes(typed.attributes.op) && args());
    case 'two':
      return ['add', 'sub', 'mul', 'max', 'min'].includes(typed.attributes.op) && args();
    case 'where':
      return args(1);
    case 'reduce':
      return ['sum', 'max', 'min', 'prod'].includes(typed.attributes.reduction) && typed.args.slice(0, 1).every((each) => isWhole(checker, each));
    case 'gather':
    case 'group_sum':
      return typed.args.slice(0, 1).every((each) => isWhole(checker, each));
    case 'one_hot':
      return true;
    case 'cast':
    case 'stop':
    case 'rename':
    case 'entry':
    case 'slice':
    case 'shuffle':
    case 'expand':
    case 'merge':
    case 'split':
    case 'stack':
    case 'concat':
    case 'cumsum':
    case 'top_values':
    case 'upper':
      return args();
    default:
      return false;
  }
} // prettier-ignore
