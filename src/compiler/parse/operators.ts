import { cover, type Span } from '../source/span.ts';
import type { BinaryOperator, Expression, UnaryOperator } from '../syntax/ast.ts';
import { binaryPrecedence, comparisonPrecedence, unaryPrecedence } from '../syntax/precedence.ts';

/** `- not x`: prefixes outermost first. */
export interface Operand {
  readonly prefixes: readonly { readonly operator: UnaryOperator; readonly span: Span }[];
  readonly value: Expression;
}

/**
 * Builds the tree of a flat run `operand (operator operand)*` by precedence climbing: `^` groups to the right and takes
 * a prefixed right side (`2 ^ -1`), the others group to the left, and comparisons in a row make one chain.
 */
export function foldOperators(operands: readonly Operand[], operators: readonly BinaryOperator[]): Expression {
  let next = 0;

  function at(index: number): Operand {
    const operand = operands[index];
    if (operand === undefined) throw new RangeError('an operator without its operand');
    return operand;
  }

  /** The operand at `next` from its prefix number `prefix` on. */
  function prefixed(prefix: number): Expression {
    const operand = at(next);
    const sign = operand.prefixes[prefix];
    if (sign === undefined) {
      next += 1;
      return operand.value;
    }
    const inner = climb(unaryPrecedence[sign.operator], prefix + 1);
    return { kind: 'unary', operator: sign.operator, operand: inner, span: cover(sign.span, inner.span) };
  }

  /** All that binds at least as tightly as `minimum`. */
  function climb(minimum: number, prefix = 0): Expression {
    let left = prefixed(prefix);
    for (;;) {
      const operator = operators[next - 1];
      if (operator === undefined || binaryPrecedence[operator] < minimum) return left;
      const precedence = binaryPrecedence[operator];
      if (precedence === comparisonPrecedence) {
        left = comparison(left);
      } else {
        const right = climb(operator === '^' ? precedence : precedence + 1);
        left = { kind: 'binary', operator, left, right, span: cover(left.span, right.span) };
      }
    }
  }

  function comparison(first: Expression): Expression {
    const rest: { operator: BinaryOperator; operand: Expression }[] = [];
    for (;;) {
      const operator = operators[next - 1];
      if (operator === undefined || binaryPrecedence[operator] !== comparisonPrecedence) break;
      rest.push({ operator, operand: climb(comparisonPrecedence + 1) });
    }
    const [only, ...others] = rest;
    const last = rest.at(-1);
    if (only === undefined || last === undefined) return first;
    const span = cover(first.span, last.operand.span);
    if (others.length > 0) return { kind: 'comparison', first, rest, span };
    return { kind: 'binary', operator: only.operator, left: first, right: only.operand, span };
  }

  return climb(0);
}
