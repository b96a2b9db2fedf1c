import type { DatasetSpec } from '../program/dataset.ts';
import type { Span } from '../source/span.ts';
import type { Expression, Name } from '../syntax/ast.ts';
import type { Checker } from './checker.ts';
import { dottedName } from './dotted-name.ts';

/** `max(m on val)`: what is made as large or as small as can be. */
export interface Choice {
  readonly direction: 'max' | 'min';
  /** As written: `m`, `probe.m`. */
  readonly metric: string;
  readonly data?: Name;
  readonly span: Span;
}

/** Reads a choice, whichever way the grammar took it: `max(m on val)`, `max m on val`. Reports CX6004. */
export function choiceOf(checker: Checker, expression: Expression): Choice | undefined {
  const choice = readChoice(expression);
  if (choice !== undefined) return choice;
  return checker.report.error('CX6004', expression.span, 'a choice says what is made largest or smallest', {
    expected: '`max(accuracy)`, `min(error on val)`',
  });
}

function readChoice(expression: Expression): Choice | undefined {
  const { span } = expression;
  if (expression.kind === 'best-of') {
    const metric = expression.metric.map((part) => part.text).join('.');
    return { direction: expression.direction, metric, span, ...(expression.data === undefined ? {} : { data: expression.data }) }; // prettier-ignore
  }
  if (expression.kind !== 'call' || expression.callee.kind !== 'reference') return undefined;
  const direction = expression.callee.name;
  const [argument, more] = expression.args;
  if ((direction !== 'max' && direction !== 'min') || argument === undefined || more !== undefined) return undefined;
  const { value } = argument;
  const metric = dottedName(value.kind === 'on-data' ? value.value : value);
  if (metric === undefined) return undefined;
  return { direction, metric, span, ...(value.kind === 'on-data' ? { data: value.data } : {}) };
}

/** The set marked test among a set and what it is made of. */
export function markedTest(spec: DatasetSpec, known: ReadonlyMap<string, DatasetSpec>): string | undefined {
  if (spec.mark === 'test') return spec.name;
  const { source } = spec;
  const inside = source.kind === 'mix' ? source.parts.map((part) => part.data) : source.kind === 'same' || source.kind === 'split' ? [source.data] : []; // prettier-ignore
  for (const name of inside) {
    const part = known.get(name);
    const found = part === undefined ? undefined : markedTest(part, known);
    if (found !== undefined) return found;
  }
  return undefined;
}
