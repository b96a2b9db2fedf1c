import type { Declaration } from '../resolve/declarations.ts';
import type { Module } from '../resolve/modules.ts';
import type { AxisStatement, Expression, ListExpression } from '../syntax/ast.ts';
import {
  known,
  productOfSizes,
  quotientOfSize,
  sumOfSizes,
  type Axis,
  type AxisKind,
  type Size,
} from '../types/axis.ts';
import { asTensor } from './as-tensor.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';
import { sizeOf } from './sizes.ts';
import { vocabularyAxis } from './vocabularies.ts';

/** The axis that an `axis` or a `vocabulary` declares. */
export function axisOfDeclaration(checker: Checker, declaration: Declaration, module: Module): Axis | undefined {
  const { statement } = declaration;
  if (statement.kind === 'axis') return declaredAxis(checker, statement, checker.fileScope(module));
  return statement.kind === 'vocabulary' ? vocabularyAxis(checker, statement, module) : undefined;
}

/** `axis joint = 512`, `axis slot: position = 16`, `axis sign: item = [pos, neg]` */
export function declaredAxis(checker: Checker, statement: AxisStatement, scope: Scope): Axis | undefined {
  const name = statement.name.text;
  const kind = axisKind(checker, statement);
  if (kind === undefined) return undefined;
  const value = statement.value;
  if (value === undefined) return checker.notImplemented(statement.span, 'an axis without a size');
  if (value.kind === 'list') return namedEntries(checker, name, kind, value);
  const size = sizeExpression(checker, value, scope);
  if (size === undefined) return undefined;
  if (size === 'unknown' || (size.kind === 'known' && (!Number.isInteger(size.value) || size.value < 1))) {
    return checker.report.error('CX5006', value.span, 'the size of an axis is a whole number of at least 1', {
      ...(size === 'unknown' || size.kind !== 'known' ? {} : { found: String(size.value) }),
    });
  }
  return { id: name, name, kind, size };
}

function axisKind(checker: Checker, { axisKind: word, span }: AxisStatement): AxisKind | undefined {
  const kind = word?.text ?? 'feature';
  if (kind === 'item' || kind === 'position' || kind === 'feature') return kind;
  const expected = 'item, position or feature';
  return checker.report.error('CX2012', word?.span ?? span, `\`${kind}\` is no kind of axis`, { expected });
}

function namedEntries(checker: Checker, name: string, kind: AxisKind, list: ListExpression): Axis | undefined {
  const entries: string[] = [];
  for (const { value, label, each, arrows, span } of list.items) {
    if (value.kind !== 'reference' || label !== undefined || each !== undefined || arrows.length > 0)
      return checker.report.error('CX5006', span, 'the entries of an axis are names', {
        expected: '`axis sign: item = [pos, neg]`',
        help: 'words that go into prompts are a `vocabulary`',
      });
    if (entries.includes(value.name))
      return checker.report.error('CX5008', span, `\`${value.name}\` is an entry of \`${name}\` twice`);
    entries.push(value.name);
  }
  if (entries.length === 0) return checker.report.error('CX5006', list.span, `the axis \`${name}\` has no entries`);
  return { id: name, name, kind, size: known(entries.length), entries };
}

/** A size may be made of other axes: `axis given = clip.joint + shared`. `unknown` for a number that only a run tells. */
export function sizeExpression(checker: Checker, expression: Expression, scope: Scope): Size | 'unknown' | undefined {
  if (expression.kind === 'binary' && ['+', '-', '*', '/'].includes(expression.operator)) {
    const left = sizeExpression(checker, expression.left, scope);
    const right = sizeExpression(checker, expression.right, scope);
    if (left === undefined || right === undefined) return undefined;
    return left === 'unknown' || right === 'unknown' ? 'unknown' : combined(expression.operator, left, right);
  }
  // an axis may be called as a function is
  if (expression.kind === 'reference' && checker.declarationOf(expression.name, scope.module, 'value') === undefined) {
    const axis = checker.declarationOf(expression.name, scope.module, 'axis');
    if (axis !== undefined) return checker.declaredAxis(axis.declaration, axis.module)?.size;
  }
  const value = checker.expression(expression, scope);
  if (value === undefined) return undefined;
  if (value.kind === 'axis') return value.axis.size;
  const typed = asTensor(checker, value, expression.span);
  return typed === undefined ? undefined : (sizeOf(typed) ?? 'unknown');
}

function combined(operator: string, left: Size, right: Size): Size | 'unknown' {
  if (operator === '+') return sumOfSizes([left, right]);
  if (operator === '*') return productOfSizes([left, right]);
  if (operator === '/') return (right.kind === 'known' ? quotientOfSize(left, right.value) : undefined) ?? 'unknown';
  return right.kind === 'known' ? sumOfSizes([left, known(-right.value)]) : 'unknown';
}
