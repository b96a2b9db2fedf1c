import { isTextBinary, isTextUnary, type TextExpression } from '../program/text-template.ts';
import type { Span } from '../source/span.ts';
import type { Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import type { Checker } from './checker.ts';
import type { Typed } from './typed.ts';

/**
 * What a slot writes out, as data: numbers and words of one entry or one sample. Anything that joins entries or samples, or that a model
 * computes, is no text. `over` are the axes of the prompt.
 */
export function textExpression(
  checker: Checker,
  typed: Typed,
  over: readonly Axis[],
  span: Span,
): TextExpression | undefined {
  const stray = typed.type.axes.find((axis) => axis.id !== 'batch' && !over.some((each) => each.id === axis.id));
  if (stray !== undefined) {
    return checker.report.error('CX5002', span, `the slot has a value for each \`${stray.name}\`, and the prompt is not over it`, {
      found: printAxes(typed.type.axes),
      help: checker.vocabularies.has(stray.id) ? `write \`prompt … over ${stray.name} = …\`` : 'take one entry of it',
    }); // prettier-ignore
  }
  const written = expressionOf(checker, typed, over);
  if (written === undefined) return refuse(checker, span);
  const axis = typed.type.indexes;
  // the number of a word is written as the word
  return axis !== undefined && checker.vocabularies.has(axis.id)
    ? { kind: 'words', vocabulary: axis.id, at: written }
    : written;
}

const refuse = (checker: Checker, span: Span): undefined =>
  checker.report.error('CX5002', span, 'this is not known for one sample or one entry alone, so it can not be written out', {
    expected: 'words, a number computed from columns or from entries of a vocabulary, or vectors of the text width',
  }); // prettier-ignore

function expressionOf(checker: Checker, typed: Typed, over: readonly Axis[]): TextExpression | undefined {
  const of = (argument: Typed | undefined): TextExpression | undefined =>
    argument === undefined ? undefined : expressionOf(checker, argument, over);
  const [first, second, third] = typed.args;
  switch (typed.op) {
    case 'number':
      return { kind: 'number', value: typed.attributes.value };
    case 'text':
      return { kind: 'text', value: typed.attributes.value };
    case 'cast':
    case 'rename':
    case 'stop':
    case 'expand':
      return of(first);
    case 'column': {
      const { column } = checker.columns.get(typed.attributes.column) ?? {};
      if (column?.kind === 'labels')
        return { kind: 'labels', column: typed.attributes.column, vocabulary: column.vocabulary };
      const isPlain = column?.kind === 'scalar' || column?.kind === 'class' || column?.kind === 'text' || column?.kind === 'id'; // prettier-ignore
      return isPlain ? { kind: 'column', column: typed.attributes.column } : undefined;
    }
    case 'index': {
      const axis = over.findIndex(({ id }) => id === typed.attributes.axis.id);
      return axis < 0 ? undefined : { kind: 'entry', axis };
    }
    case 'entry_column': {
      const { vocabulary, column } = typed.attributes;
      const axis = over.findIndex(({ id }) => id === vocabulary);
      return axis < 0 ? undefined : { kind: 'words', vocabulary, column, at: { kind: 'entry', axis } };
    }
    case 'gather': {
      const at = of(second);
      if (first?.op !== 'entry_column' || at === undefined) return undefined;
      return { kind: 'words', vocabulary: first.attributes.vocabulary, column: first.attributes.column, at };
    }
    case 'one': {
      const { op } = typed.attributes;
      const value = of(first);
      return value === undefined || !isTextUnary(op) ? undefined : { kind: 'one', op, of: value };
    }
    case 'two': {
      const { op } = typed.attributes;
      const [left, right] = [of(first), of(second)];
      return left === undefined || right === undefined || !isTextBinary(op) ? undefined : { kind: 'two', op, left, right }; // prettier-ignore
    }
    case 'where': {
      const [condition, holds, otherwise] = [of(first), of(second), of(third)];
      return condition === undefined || holds === undefined || otherwise === undefined
        ? undefined
        : { kind: 'where', condition, holds, otherwise };
    }
    default:
      return undefined;
  }
}
