/** What the arguments of a call say, before they mean anything: `for` written out, `as` as an argument of its own. */
import type { Argument, AsAxes } from '../syntax/ast.ts';
import type { Checker } from './checker.ts';
import { Scope } from './scope.ts';

/** An argument with the scope it is read in: a static `for` gives its variable a value. */
export interface Given {
  readonly argument: Argument;
  readonly scope: Scope;
}

/** `e for r in [0.5, 1]` is `e` once for each entry of the list. */
export function writtenOut(checker: Checker, argument: Argument, scope: Scope): Given[] {
  const { each } = argument;
  if (each === undefined) return [{ argument, scope }];
  if (each.source.kind !== 'list') {
    checker.report.error('CX3011', each.source.span, '`for` goes through a list that is written out', {
      expected: '`for r in [0.5, 1, 2]`',
    });
    return [];
  }
  return each.source.items.flatMap((item): Given[] => {
    const value = checker.expression(item.value, scope);
    if (value === undefined) return [];
    const inner = new Scope(scope.module, scope.prefix, scope);
    inner.bind(each.variable.text, value);
    return [{ argument, scope: inner }];
  });
}

/** `over: other as rank` says two things: over which axis, and what the new one is called. */
export function splitBirth(argument: Argument): Argument[] {
  const { value, label } = argument;
  if (label === undefined || value.kind !== 'as-axes') return [argument];
  return [{ ...argument, value: value.value, span: value.value.span }, bornArgument(value)];
}

/** The axes that `… as rank` or `… as [hop, tap]` names, as an argument of the call that makes them. */
export function bornArgument({ axes, span }: AsAxes): Argument {
  const references = axes.map((name) => ({ kind: 'reference', name: name.text, span: name.span }) as const);
  const [only, second] = references;
  const place = only === undefined || second !== undefined ? span : only.span;
  const items = references.map((value) => ({ kind: 'argument', value, arrows: [], span: value.span }) as const);
  const value = only === undefined || second !== undefined ? ({ kind: 'list', items, span: place } as const) : only;
  return { kind: 'argument', label: { kind: 'name', text: 'as', span: place }, value, arrows: [], span: place };
}
