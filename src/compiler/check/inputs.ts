import { nearestName } from '../common/suggest.ts';
import type { Span } from '../source/span.ts';
import type { Expression, InputStatement } from '../syntax/ast.ts';
import { batchAxis, extent, known, type Axis, structuralAxis } from '../types/axis.ts';
import { constantOf, node } from './build.ts';
import type { Checker } from './checker.ts';
import type { Scope } from './scope.ts';
import type { Value } from './value.ts';

const inputTypes = [
  'image',
  'frames',
  'audio',
  'points',
  'text',
  'vector',
  'scalar',
  'map',
  'class',
  'labels',
  'mask',
  'id',
];

/** A column of a sample, with the axes and the mask that its type brings. */
export function inputValue(checker: Checker, statement: InputStatement): Value | undefined {
  const name = statement.name.text;
  const scope = checker.fileScope(checker.root);
  if (statement.optional) return checker.notImplemented(statement.span, '`optional` inputs');
  if (statement.each !== undefined) return checker.notImplemented(statement.each.name.span, '`each` inputs');
  const span = statement.span;
  if (statement.unit !== undefined && statement.type.text !== 'scalar')
    checker.report.error('CX5003', statement.unit.span, `a \`${statement.type.text}\` column has no unit`, {
      help: 'only a `scalar` column is in a unit',
    });
  closedArguments(checker, statement);
  const column = (
    kind: 'value' | 'ids',
    element: 'f32' | 'i32' | 'text',
    axes: readonly Axis[],
    indexes?: Axis,
  ): Value => ({
    kind: 'tensor',
    typed: {
      ...node(
        'column',
        [],
        { column: name, part: kind },
        { element, axes: [batchAxis, ...axes], ...(indexes === undefined ? {} : { indexes }) },
        span,
      ),
      label: name,
    },
  });
  switch (statement.type.text) {
    case 'image': {
      const [first, second] = statement.args.filter((argument) => argument.label === undefined);
      const height = sizeArgument(
        checker,
        first?.value,
        scope,
        statement.type.span,
        'an image needs its size: `image(64)`',
      );
      const width = second === undefined ? height : sizeArgument(checker, second.value, scope, span, '');
      if (height === undefined || width === undefined) return undefined;
      const fitArgument = statement.args.find((argument) => argument.label?.text === 'fit')?.value;
      const fit = fitArgument?.kind === 'reference' ? fitArgument.name : 'cover';
      if (fit !== 'cover' && fit !== 'contain' && fit !== 'stretch') {
        return checker.report.error('CX2010', fitArgument?.span ?? span, `\`${fit}\` is no way to fit an image`, {
          expected: 'cover, contain or stretch',
          ...(nearestName(fit, ['cover', 'contain', 'stretch']) === undefined
            ? {}
            : { suggestion: nearestName(fit, ['cover', 'contain', 'stretch']) ?? '' }),
        });
      }
      checker.columns.set(name, { column: { kind: 'image', name, height, width, fit }, span });
      return column('value', 'f32', [
        structuralAxis('height', known(height)),
        structuralAxis('width', known(width)),
        structuralAxis('channel', known(3)),
      ]);
    }
    case 'text':
      checker.columns.set(name, { column: { kind: 'text', name, tokenizer: '' }, span });
      return column('ids', 'text', []);
    case 'id':
      checker.columns.set(name, { column: { kind: 'id', name }, span });
      return column('value', 'i32', []);
    case 'scalar': {
      const unit = statement.unit?.text;
      if (unit !== undefined && !['deg', 'rad', 'm', 's', '%'].includes(unit)) {
        return checker.report.error('CX5003', statement.unit?.span ?? span, `a column cannot be in \`${unit}\``, {
          expected: 'deg, rad, m, s or %',
        });
      }
      checker.columns.set(name, {
        column: { kind: 'scalar', name, scale: unit === 'deg' ? Math.PI / 180 : unit === '%' ? 0.01 : 1 },
        span,
      });
      return column('value', 'f32', []);
    }
    case 'vector':
    case 'class':
    case 'labels': {
      const argument = statement.args[0];
      if (argument === undefined)
        return checker.report.error(
          'CX3006',
          statement.type.span,
          `\`${statement.type.text}\` needs an axis: \`${statement.type.text}(name)\``,
        );
      if (statement.args.length > 1 && statement.type.text === 'class')
        return checker.notImplemented(statement.args[1]?.span ?? span, 'open classes');
      const axis = checker.axisOf(argument.value, scope);
      if (axis === undefined) return undefined;
      if (statement.type.text === 'vector') {
        if (axis.size.kind !== 'known')
          return checker.report.error('CX5006', argument.span, `\`${axis.name}\` is no axis of one sample`, {
            expected: 'an axis whose size the file states: `axis xyz = 3`',
          });
        checker.columns.set(name, {
          column: { kind: 'vector', name, size: extent(axis.size, { batch: 1, vocabularies: new Map() }) },
          span,
        });
        return column('value', 'f32', [axis]);
      }
      if (!checker.vocabularies.has(axis.name))
        return checker.report.error(
          'CX3007',
          argument.span,
          `\`${axis.name}\` has no words: a \`${statement.type.text}\` column needs a \`vocabulary\``,
        );
      if (statement.type.text === 'class') {
        checker.columns.set(name, { column: { kind: 'class', name, vocabulary: axis.name }, span });
        return column('value', 'i32', [], axis);
      }
      checker.columns.set(name, { column: { kind: 'labels', name, vocabulary: axis.name }, span });
      const mask = node(
        'column',
        [],
        { column: name, part: 'mask' },
        { element: 'bool', axes: [batchAxis, axis] },
        span,
      );
      const value = column('value', 'f32', [axis]);
      return value.kind === 'tensor' ? { kind: 'tensor', typed: { ...value.typed, mask } } : value;
    }
    default: {
      if (inputTypes.includes(statement.type.text))
        return checker.notImplemented(statement.type.span, `input of type \`${statement.type.text}\``);
      const suggestion = nearestName(statement.type.text, inputTypes);
      return checker.report.error('CX2012', statement.type.span, `there is no input type \`${statement.type.text}\``, {
        expected: inputTypes.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}

/** Arguments of an input type: how many without a name, and which options. */
const inputArguments: Readonly<Record<string, { readonly most: number; readonly options: readonly string[] }>> = {
  image: { most: 2, options: ['fit'] }, text: { most: 0, options: [] }, id: { most: 0, options: [] }, scalar: { most: 0, options: [] },
  vector: { most: 1, options: [] }, class: { most: 2, options: [] }, labels: { most: 1, options: [] },
}; // prettier-ignore

/** Nothing that is written is ignored. */
function closedArguments(checker: Checker, statement: InputStatement): void {
  const legal = inputArguments[statement.type.text];
  if (legal === undefined) return;
  const what = `\`${statement.type.text}\``;
  let unnamed = 0;
  for (const argument of statement.args) {
    const { label } = argument;
    if (label === undefined) {
      unnamed += 1;
      if (unnamed > legal.most)
        checker.report.error('CX3006', argument.span, `${what} takes ${legal.most === 0 ? 'no value' : legal.most === 1 ? '1 value' : `at most ${legal.most} values`}, and this is one more`); // prettier-ignore
    } else if (!legal.options.includes(label.text)) {
      const suggestion = nearestName(label.text, legal.options);
      checker.report.error('CX2010', label.span, `${what} has no option \`${label.text}\``, {
        expected: legal.options.length === 0 ? 'no options' : legal.options.join(', '),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
}

function sizeArgument(
  checker: Checker,
  expression: Expression | undefined,
  scope: Scope,
  span: Span,
  help: string,
): number | undefined {
  if (expression === undefined) return checker.report.error('CX3006', span, help);
  const typed = checker.tensor(expression, scope);
  const value = typed === undefined ? undefined : constantOf(typed);
  if (typed === undefined) return undefined;
  if (value === undefined || !Number.isInteger(value) || value < 1 || value > 4096) {
    return checker.report.error(
      'CX5006',
      expression.span,
      'a size in pixels is a whole number from 1 to 4096',
      value === undefined ? {} : { found: String(value) },
    );
  }
  return value;
}
