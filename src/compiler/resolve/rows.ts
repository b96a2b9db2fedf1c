import { nearestName } from '../common/suggest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import type { Span } from '../source/span.ts';
import type { Assignment, Expression, Field, Name, Path, Statement, SweepStatement } from '../syntax/ast.ts';
import { extendModule, type Module } from './modules.ts';

/** One variant of the file: a row of an ablation or a point of a sweep, as the statements that it puts over it. */
export interface Variant {
  readonly label: string;
  /** The name of its `ablate`, or of its sweep. */
  readonly of: string;
  readonly kind: 'row' | 'point';
  readonly items: readonly (Statement | Assignment)[];
  readonly span: Span;
}

/** More points than this are a mistake. */
const mostPoints = 10_000;

/** Every row and every point, in the order of the file. */
export function variantsOf(statements: readonly Statement[]): readonly Variant[] {
  return statements.flatMap((statement): Variant[] => {
    if (statement.kind === 'sweep') return pointsOf(statement);
    if (statement.kind !== 'ablate') return [];
    return statement.rows.map((row) => ({
      label: row.label.value,
      of: statement.name.text,
      kind: 'row',
      items: row.items,
      span: row.label.span,
    }));
  });
}

export const sweepName = ({ name }: SweepStatement): string => name?.text ?? 'sweep';

/** What a field of a sweep sets and the values it takes; undefined where that is no list. */
export interface SweptField {
  readonly path: string;
  readonly field: Field;
  readonly values: readonly Expression[] | undefined;
}

export function sweptFields({ fields }: SweepStatement): readonly SweptField[] {
  return fields.fields.map((field): SweptField => {
    const path = field.key.kind === 'dotted-key' ? field.key.parts.map((part) => part.text).join('.') : '';
    const values = field.value.kind === 'list' ? field.value.items.map((item) => item.value) : undefined;
    return { path, field, values };
  });
}

/** All combinations of the values, the last field fastest. */
function pointsOf(statement: SweepStatement): Variant[] {
  const fields = sweptFields(statement).filter(({ path, values }) => path !== '' && values !== undefined);
  const count = fields.reduce((product, { values }) => product * (values?.length ?? 0), 1);
  if (fields.length === 0 || count > mostPoints) return [];
  let points: readonly { readonly label: string; readonly items: readonly Assignment[] }[] = [{ label: '', items: [] }];
  for (const { path, field, values = [] } of fields) {
    points = points.flatMap(({ label, items }) =>
      values.map((value) => ({
        label: `${label}${label === '' ? '' : ', '}${path} = ${valueText(value)}`,
        items: [...items, assignment(field, value)],
      })),
    );
  }
  return points.map((point) => ({ ...point, of: sweepName(statement), kind: 'point', span: statement.span }));
}

function assignment(field: Field, value: Expression): Assignment {
  const [head, ...members] = field.key.kind === 'dotted-key' ? field.key.parts : [];
  const steps = members.map((name: Name) => ({ kind: 'path-member', name, span: name.span }) as const);
  const first = head ?? { kind: 'name' as const, text: '', span: field.span };
  const path: Path = { kind: 'path', head: first, steps, span: field.key.span };
  return { kind: 'assignment', path, value, span: field.span };
}

/** A swept value as a reader writes it: `0.5`, `5 %`, `-1`, `cosine`. */
export function valueText(value: Expression): string {
  switch (value.kind) {
    case 'quantity':
      return value.unit === undefined ? value.text : `${value.text} ${value.unit.text}`;
    case 'reference':
      return value.name;
    case 'string':
      return value.value;
    case 'unary':
      return `${value.operator}${valueText(value.operand)}`;
    case 'binary':
      return `${valueText(value.left)} ${value.operator} ${valueText(value.right)}`;
    case 'call':
      return `${valueText(value.callee)}(…)`;
    default:
      return '…';
  }
}

/** What a row can not hold. */
const foreign: ReadonlySet<Statement['kind']> = new Set([
  'edition', 'experiment', 'use', 'extends', 'ablate', 'sweep', 'seeds', 'expect', 'figure',
]); // prettier-ignore

/** The file as a variant makes it. Reports CX2001 where there is none of this name, and what leads nowhere in it. */
export function variantModule(root: Module, label: string, report: Reporter): Module | undefined {
  const variants = variantsOf(root.file.statements);
  const variant = variants.find((each) => each.label === label);
  if (variant === undefined) {
    const labels = ['full', ...variants.map((each) => each.label)];
    const suggestion = nearestName(label, labels);
    return report.error('CX2001', undefined, `the experiment has no row "${label}"`, {
      expected: labels.map((each) => `"${each}"`).join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const items = variant.items.filter((item) => item.kind === 'assignment' || !foreign.has(item.kind));
  return extendModule(root, { file: { statements: items } }, report);
}

/** What stands in a row and does not belong there. Reports CX2009. */
export function checkRowItems(statements: readonly Statement[], report: Reporter): void {
  for (const { kind, items, label } of variantsOf(statements)) {
    if (kind !== 'row') continue;
    for (const item of items) {
      if (item.kind === 'assignment' || !foreign.has(item.kind)) continue;
      report.error('CX2009', item.span, `the row "${label}" holds an \`${item.kind}\`, which is said once for the whole experiment`, {
        expected: 'declarations, stages, `minimize`, `train`, `evaluate`, `remove`, `set` and `path = value`',
      }); // prettier-ignore
    }
  }
}
