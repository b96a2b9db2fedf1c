import { nearestName } from '../common/suggest.ts';
import type { ColumnSource, DatasetSpec } from '../program/dataset.ts';
import type { Span } from '../source/span.ts';
import type { DataStatement, Expression, Qualified } from '../syntax/ast.ts';
import type { Checker } from './checker.ts';
import type { DataRoom } from './data-room.ts';
import { keyText } from './fields.ts';
import { printFormula } from './print-formula.ts';

export function missingColumn(
  checker: Checker,
  data: string,
  column: string,
  present: ReadonlySet<string>,
  span: Span,
): void {
  if (present.has(column)) return;
  const suggestion = nearestName(column, present);
  checker.report.error('CX5011', span, `\`${data}\` has no column \`${column}\``, {
    found: [...present].join(', ') || 'no columns',
    ...(suggestion === undefined
      ? { help: `declare \`input ${column} : …\` and add it to the column map: \`${column}: "…"\`` }
      : { suggestion }),
  });
}

/** Columns that every sample of a set has: of a mix, those that all its parts have. */
export function columnsOf(name: string, specs: ReadonlyMap<string, DatasetSpec>): ReadonlySet<string> {
  const spec = specs.get(name);
  if (spec === undefined) return new Set();
  const own = Object.keys(spec.columns);
  if (spec.source.kind !== 'mix') return new Set(own);
  const [first, ...rest] = spec.source.parts.map((part) => columnsOf(part.data, specs));
  return new Set([...own, ...[...(first ?? [])].filter((column) => rest.every((part) => part.has(column)))]);
}

/** `whole`: no fault left a column out. */
export function columnMap(
  room: DataRoom,
  statement: DataStatement,
): { columns: Record<string, ColumnSource> | undefined; whole: boolean } {
  const { checker } = room;
  let whole = true;
  let columns: Record<string, ColumnSource> = {};
  for (const part of statement.shape) {
    if (part.kind === 'like') {
      const other = room.get(part.name.text, part.name.span);
      if (other === undefined) return { columns: undefined, whole: false };
      if (room.incomplete.has(other.name)) whole = false;
      columns = { ...columns, ...other.columns };
      continue;
    }
    const seen = new Map<string, Span>();
    for (const field of part.fields) {
      const name = keyText(field);
      const source = columnSource(checker, field.value, name);
      const twin = seen.get(name);
      if (twin !== undefined) {
        checker.report.error('CX2002', field.key.span, `the column \`${name}\` is given twice`, {
          related: [{ span: twin, label: 'first here' }],
        });
      }
      seen.set(name, field.key.span);
      if (source === undefined) {
        whole = false;
        continue;
      }
      const input = checker.root.declarations.find(name, 'value');
      if (input?.kind !== 'input') {
        const inputs = checker.root.declarations.all
          .filter((each) => each.kind === 'input')
          .map((each) => each.name.text);
        const suggestion = nearestName(name, inputs);
        checker.report.error('CX2001', field.key.span, `there is no input \`${name}\` for this column`, {
          expected: inputs.join(', '),
          ...(suggestion === undefined ? { help: `declare it: \`input ${name} : …\`` } : { suggestion }),
        });
        whole = false;
        continue;
      }
      columns[name] = source;
    }
  }
  return { columns, whole };
}

function columnSource(checker: Checker, value: Expression, name: string): ColumnSource | undefined {
  if (value.kind === 'string')
    return value.value.startsWith('=')
      ? { kind: 'template', text: value.value.slice(1) }
      : { kind: 'path', path: value.value };
  const argument =
    value.kind === 'call' && value.callee.kind === 'reference' && value.callee.name === 'draw'
      ? value.args[0]?.value
      : undefined;
  if (argument?.kind === 'string') return { kind: 'draw', path: argument.value };
  if (value.kind === 'unfold') return { kind: 'unfold', path: value.source.value };
  if (value.kind === 'qualified' && value.tail === 'unknown' && value.value.kind === 'string')
    return unknownIn(checker, value, value.value.value, name);
  return checker.report.error('CX5001', value.span, 'a column comes from a path into the sample', {
    expected:
      '`"json.label"`, `"webp"`, `"=a photo of {json.label}"`, `draw("json.captions")`, `unfold "json.captions"` or `"json.label" unknown 255`',
  });
}

/** `"mask.png" unknown 255`: of columns of numbers, which are masked where they hold that one. */
function unknownIn(checker: Checker, value: Qualified, path: string, name: string): ColumnSource | undefined {
  const { argument, span } = value;
  const column = checker.columns.get(name)?.column;
  const kinds = ['scalar', 'vector', 'class', 'map', 'mask'];
  if (column !== undefined && !kinds.includes(column.kind)) {
    return checker.report.error('CX5001', span, `no number of \`${name}\` is unknown: it is a \`${column.kind}\` column`, {
      expected: `a column of type ${kinds.join(', ')}`,
      ...(column.kind === 'labels' ? { help: 'a label of −1 is unknown already' } : {}),
    }); // prettier-ignore
  }
  if (argument.kind !== 'quantity' || argument.unit !== undefined)
    return checker.report.error('CX5001', argument.span, 'what is unknown is a number as it stands in the file', {
      expected: '`"mask.png" unknown 255`',
    });
  return { kind: 'path', path, unknown: argument.value };
}

/** `data reversed = twins with video = reverse(video, over: frame)`: what reads the set reads that in the column's place. */
export function dataWiths(checker: Checker, statement: DataStatement): readonly string[] {
  return statement.withs.flatMap(({ path, replacement }) => {
    const name = path.head.text;
    const found = checker.root.declarations.find(name, 'value') ?? checker.root.declarations.find(name, 'axis');
    if (path.steps.length === 0 && (found?.kind === 'input' || found?.kind === 'vocabulary'))
      return [`${name} = ${printFormula(replacement)}`];
    if (checker.isRemoved(name, path.span)) return [];
    const inputs = checker.root.declarations.all.filter(({ kind }) => kind === 'input').map((each) => each.name.text);
    const suggestion = nearestName(name, inputs);
    return checker.report.error('CX2001', path.span, `\`with\` on a data set takes the place of an input, and \`${name}\` is none`, {
      expected: inputs.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    }) ?? []; // prettier-ignore
  });
}
