import type { Expression } from '../../syntax/ast.ts';
import { asTensor } from '../as-tensor.ts';
import type { Checker } from '../checker.ts';
import type { Scope } from '../scope.ts';
import { sizeOf } from '../sizes.ts';
import type { Typed } from '../typed.ts';

/** A number known while compiling, where an axis of known size counts as how many entries it has. */
export function wholeNumber(checker: Checker, expression: Expression, scope: Scope): number | undefined {
  const value = checker.expression(expression, scope);
  if (value === undefined) return undefined;
  if (value.kind === 'axis' && value.axis.id !== 'batch')
    return value.axis.size.kind === 'known' ? value.axis.size.value : undefined;
  const typed = asTensor(checker, value, expression.span);
  return typed === undefined ? undefined : numberOf(typed);
}

/** The number that a value is, if it is one whatever the data. */
export function numberOf(typed: Typed): number | undefined {
  const size = sizeOf(typed);
  return size?.kind === 'known' ? size.value : undefined;
}
