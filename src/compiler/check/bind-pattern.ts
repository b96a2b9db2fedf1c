import type { LetStatement } from '../syntax/ast.ts';
import { printAxes } from '../types/value-type.ts';
import type { Checker } from './checker.ts';
import { axisOf } from './named-axis.ts';
import type { Scope } from './scope.ts';
import type { Typed } from './typed.ts';

/** Binds the names of a `let` inside a fn or a block. */
export function bindPattern(checker: Checker, statement: LetStatement, scope: Scope): void {
  const value = checker.expression(statement.value, scope);
  const names = statement.pattern.names;
  const [first] = names;
  if (value === undefined || first === undefined) {
    for (const name of names) scope.bind(name.text, { kind: 'unknown' });
    checker.holes = true;
    return;
  }
  if (names.length === 1) {
    const wellTyped = value.kind !== 'tensor' || hasWrittenType(checker, statement, value.typed, scope);
    scope.bind(
      first.text,
      !wellTyped
        ? { kind: 'unknown' }
        : value.kind === 'tensor'
          ? { kind: 'tensor', typed: { ...value.typed, label: first.text } }
          : value,
    );
    return;
  }
  if (value.kind !== 'tuple' || value.items.length !== names.length) {
    checker.report.error(
      'CX3006',
      statement.pattern.span,
      `${names.length} names on the left, and ${value.kind === 'tuple' ? value.items.length : 'one value'} on the right`,
    );
    for (const name of names) scope.bind(name.text, { kind: 'unknown' });
    return;
  }
  for (const [position, name] of names.entries()) {
    const item = value.items[position];
    if (item !== undefined) scope.bind(name.text, item);
  }
}

/** A type that is written is checked exactly: elements and axes. */
export function hasWrittenType(checker: Checker, statement: LetStatement, typed: Typed, scope: Scope): boolean {
  const { type } = statement;
  if (type === undefined) return true;
  const label = statement.pattern.names[0]?.text ?? '';
  const element = type.name?.text;
  if (element !== undefined && !['f32', 'i32', 'bool'].includes(element)) {
    checker.report.error('CX2012', type.name?.span ?? type.span, `there is no type of element \`${element}\``, {
      expected: 'f32, i32 or bool',
    });
    return false;
  }
  const wanted = (type.items ?? []).map((item) => axisOf(checker, item.value, scope, typed.type.axes));
  if (wanted.some((axis) => axis === undefined)) return false;
  const ids = new Set(wanted.map((axis) => axis?.id));
  const { axes } = typed.type;
  const same = ids.size === axes.length && axes.every((axis) => ids.has(axis.id));
  if (same && (element === undefined || element === typed.type.element)) return true;
  const written = printAxes(wanted.filter((axis) => axis !== undefined));
  const found = element === undefined ? printAxes(axes) : `${typed.type.element} ${printAxes(axes)}`;
  checker.report.error('CX3005', type.span, `\`${label}\` is not of the type that is written here`, {
    expected: element === undefined ? written : `${element} ${written}`,
    found,
    related: [{ span: statement.value.span, label: `this is ${found}` }],
  });
  return false;
}
