import { nearestName } from '../common/suggest.ts';
import type { DataStep, Predicate } from '../program/dataset.ts';
import type { Expression } from '../syntax/ast.ts';
import { dataSteps } from '../types/catalogue/data-steps.ts';
import { constantOf } from './build.ts';
import type { Checker } from './checker.ts';
import type { DataRoom } from './data-room.ts';

const steps: readonly string[] = Object.keys(dataSteps);

export function stepOf(room: DataRoom, step: Expression): DataStep | { mark: string } | undefined {
  const { checker } = room;
  const name = step.kind === 'call' && step.callee.kind === 'reference' ? step.callee.name : undefined;
  if (step.kind !== 'call' || name === undefined || !steps.includes(name)) {
    const suggestion = name === undefined ? undefined : nearestName(name, steps);
    const place = step.kind === 'call' ? step.callee.span : step.span;
    return checker.report.error(
      'CX2012',
      place,
      name === undefined ? 'this is no step of a data pipeline' : `\`${name}\` is no step of a data pipeline`,
      {
        expected: steps.map((each) => `${each}(…)`).join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    );
  }
  const [first, ...rest] = step.args;
  if (first === undefined || first.label !== undefined)
    return checker.report.error('CX3006', step.span, `\`${name}\` needs a value`);
  const odd = rest.find((argument) => name !== 'few_shot' || argument.label?.text !== 'per');
  if (odd !== undefined)
    return checker.report.error('CX2010', odd.label?.span ?? odd.span, `\`${name}\` has no such option`, {
      expected: name === 'few_shot' ? 'per' : 'no options',
    });
  switch (name) {
    case 'filter': {
      const condition = predicate(checker, first.value);
      return condition === undefined ? undefined : { kind: 'filter', condition };
    }
    case 'few_shot': {
      const per = step.args.find((argument) => argument.label?.text === 'per')?.value;
      const count = wholeNumberOf(room, first.value);
      if (count === undefined || per?.kind !== 'reference')
        return checker.report.error('CX3006', step.span, 'few-shot takes a number of samples per value of a column', {
          expected: '`few_shot(4, per: label)`',
        });
      return { kind: 'few-shot', count, per: per.name };
    }
    case 'sample':
      if (first.value.kind !== 'quantity')
        return checker.report.error('CX3006', step.span, '`sample` takes a number or a share', {
          expected: '`sample(100)` or `sample(10 %)`',
        });
      return first.value.unit?.text === '%'
        ? { kind: 'sample', share: first.value.value / 100 }
        : { kind: 'sample', count: first.value.value };
    case 'except': {
      if (first.value.kind !== 'reference')
        return checker.report.error('CX3006', first.span, '`except` names a data set', { expected: '`except(test)`' });
      const data = first.value.name;
      return room.get(data, first.span) === undefined ? undefined : { kind: 'except', data };
    }
    default:
      return markOf(checker, first.value);
  }
}

/** A number known while compiling, as `shots` of `const shots = 4`. */
function wholeNumberOf({ checker }: DataRoom, expression: Expression): number | undefined {
  const typed = checker.tensor(expression, checker.fileScope(checker.root));
  const value = typed === undefined ? undefined : constantOf(typed);
  return value !== undefined && Number.isInteger(value) && value >= 1 ? value : undefined;
}

const marks = ['train', 'val', 'test'];

/** What a set is for. Only `test` changes anything: it selects and trains nothing. */
function markOf(checker: Checker, value: Expression): { mark: string } | undefined {
  const name = value.kind === 'reference' ? value.name : undefined;
  if (name !== undefined && marks.includes(name)) return { mark: name };
  const suggestion = name === undefined ? undefined : nearestName(name, marks);
  return checker.report.error('CX2010', value.span, name === undefined ? 'a mark is a word' : `\`${name}\` is no mark`, {
    expected: marks.join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
  }); // prettier-ignore
}

function predicate(checker: Checker, expression: Expression): Predicate | undefined {
  if (expression.kind === 'tuple' && expression.items.length === 1 && expression.items[0] !== undefined)
    return predicate(checker, expression.items[0]);
  if (expression.kind === 'unary' && expression.operator === 'not') {
    const part = predicate(checker, expression.operand);
    return part === undefined ? undefined : { kind: 'not', part };
  }
  if (expression.kind === 'binary') {
    const { operator } = expression;
    if (operator === 'and' || operator === 'or') {
      const parts = [predicate(checker, expression.left), predicate(checker, expression.right)].filter(
        (part) => part !== undefined,
      );
      return parts.length === 2 ? { kind: operator, parts } : undefined;
    }
    const column = expression.left.kind === 'reference' ? expression.left.name : undefined;
    const { right } = expression;
    if (operator === 'in' && column !== undefined && right.kind === 'list') {
      const values = right.items.map(({ value: item }) =>
        item.kind === 'string' || item.kind === 'quantity' ? item.value : undefined,
      );
      if (!values.includes(undefined))
        return { kind: 'in', column, values: values.filter((item) => item !== undefined) };
    }
    const value = right.kind === 'string' || right.kind === 'quantity' ? right.value : undefined;
    if (column !== undefined && value !== undefined && ['==', '!=', '<', '<=', '>', '>='].includes(operator)) {
      return { kind: 'compare', operator: operator as '==' | '!=' | '<' | '<=' | '>' | '>=', column, value };
    }
  }
  return checker.report.error('CX5001', expression.span, 'a filter compares columns with constants', {
    expected: '`style == "noto"` or `style in ["noto", "twemoji"]`, joined by `and`, `or`, `not`',
  });
}

export const columnsOfPredicate = (predicate: Predicate): string[] => {
  switch (predicate.kind) {
    case 'compare':
    case 'in':
      return [predicate.column];
    case 'not':
      return columnsOfPredicate(predicate.part);
    case 'and':
    case 'or':
      return predicate.parts.flatMap(columnsOfPredicate);
  }
};
