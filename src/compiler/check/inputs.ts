import { nearestName } from '../common/suggest.ts';
import type { ColumnContent } from '../program/column.ts';
import type { Module } from '../resolve/modules.ts';
import type { InputStatement } from '../syntax/ast.ts';
import { batchAxis, type Axis } from '../types/axis.ts';
import { bornAxis } from './born-axis.ts';
import { jointMask, node } from './build.ts';
import type { Checker } from './checker.ts';
import { InputArguments, signatureOf } from './input-arguments.ts';
import { inputTypeNames, inputTypeOf } from './input-types.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';

/** What a type of input brings: the column, its axes within one sample, and those of its mask, where it has one. */
export interface InputMeaning {
  readonly column: ColumnContent;
  readonly element: 'f32' | 'i32' | 'text';
  readonly axes: readonly Axis[];
  readonly masked?: readonly Axis[];
  /** What its numbers point into. */
  readonly indexes?: Axis;
}

/** A column of a sample, with the axes and the masks that its type, `each` and `optional` bring. */
export function inputValue(checker: Checker, statement: InputStatement): Value | undefined {
  const name = statement.name.text;
  const type = inputTypeOf(statement.type.text);
  if (type === undefined) {
    const suggestion = nearestName(statement.type.text, inputTypeNames);
    return checker.report.error('CX2012', statement.type.span, `there is no input type \`${statement.type.text}\``, {
      expected: inputTypeNames.join(', '),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  const unitFits = checkUnit(checker, statement, type.signature.units ?? []);
  const args = new InputArguments(checker, statement, signatureOf(type.signature));
  const meaning = type.meaning(args);
  const each = statement.each === undefined ? undefined : eachAxis(checker, statement, statement.each);
  if (meaning === undefined || args.failed || !unitFits || (statement.each !== undefined && each === undefined))
    return undefined;
  const unknown = meaning.masked === undefined && saysUnknown(checker, name);
  const form = {
    ...(each?.size.kind === 'known' ? { each: { axis: each.name, most: each.size.value } } : {}),
    ...(statement.optional ? { optional: true as const } : {}),
    ...(unknown ? { unknown: true as const } : {}),
  };
  checker.columns.set(name, { column: { ...meaning.column, ...form }, span: statement.span });
  const outer = [batchAxis, ...(each === undefined ? [] : [each])];
  const part = (which: 'value' | 'mask' | 'present' | 'ids', element: 'f32' | 'i32' | 'bool' | 'text', axes: readonly Axis[]): Typed =>
    node('column', [], { column: name, part: which }, { element, axes }, statement.span); // prettier-ignore
  const axes = [...outer, ...meaning.axes];
  const whole = part(meaning.element === 'text' ? 'ids' : 'value', meaning.element, axes);
  const masked = meaning.masked ?? (unknown ? meaning.axes : undefined);
  const own = masked === undefined ? undefined : part('mask', 'bool', [...outer, ...masked]);
  const present = each === undefined && !statement.optional ? undefined : part('present', 'bool', outer);
  const masks = [own, present].flatMap((mask) => (mask === undefined ? [] : [{ ...mask, mask }]));
  const mask = jointMask(masks, statement.span);
  return {
    kind: 'tensor',
    typed: {
      ...whole,
      type: { ...whole.type, ...(meaning.indexes === undefined ? {} : { indexes: meaning.indexes }) },
      label: name,
      ...(mask === undefined ? {} : { mask }),
    },
  };
}

/** Units that a type of column takes; the others have none. */
function checkUnit(checker: Checker, { unit, type }: InputStatement, units: readonly string[]): boolean {
  if (unit === undefined || units.includes(unit.text)) return true;
  if (units.length === 0) {
    checker.report.error('CX5003', unit.span, `a \`${type.text}\` column has no unit`, {
      help: 'only `scalar` and `map` columns are in a unit',
    });
  } else {
    const expected = `${units.slice(0, -1).join(', ')} or ${units.at(-1) ?? ''}`;
    checker.report.error('CX5003', unit.span, `a column cannot be in \`${unit.text}\``, { expected });
  }
  return false;
}

/**
 * `each ref(max: 5)`: the item axis of a list. Columns with one name share it; the first to say `max:` says it for all. An axis that the
 * file declares has its size already.
 */
function eachAxis(
  checker: Checker,
  statement: InputStatement,
  each: NonNullable<InputStatement['each']>,
): Axis | undefined {
  const { name } = each;
  const scope = checker.fileScope(checker.root);
  const declared = checker.declarationOf(name.text, checker.root, 'axis');
  if (declared !== undefined && each.args.length === 0) {
    const axis = checker.declaredAxis(declared.declaration, declared.module);
    if (axis === undefined) return undefined;
    if (axis.kind === 'item' && axis.size.kind === 'known') return axis;
    return checker.report.error('CX5006', name.span, `\`${name.text}\` is no axis of a list`, {
      expected: `an axis of items with a size: \`axis ${name.text}: item = 5\``,
      help: `or leave the axis to the input: \`each ${name.text}(max: 5)\``,
    });
  }
  const first = checker.ask(`each ${name.text}`, (root) => root.file.statements.find((other) => other.kind === 'input' && other.each?.name.text === name.text && other.each.args.length > 0)); // prettier-ignore
  const from = each.args.length > 0 || first?.kind !== 'input' ? each : (first.each ?? each);
  const args = new InputArguments(
    checker,
    { ...statement, type: name, args: from.args },
    { most: 0, options: ['max'] },
  );
  const most = args.whole('max');
  if (args.failed) return undefined;
  if (most === undefined) {
    return checker.report.error('CX3006', name.span, `how many \`${name.text}\` a sample has at most is not said`, {
      expected: `\`each ${name.text}(max: 5)\``,
    });
  }
  return bornAxis(checker, name, { kind: 'item', size: { kind: 'known', value: most } }, scope);
}

/** Whether a data set of the file calls a value of this column unknown: `label: "json.y" unknown 255`. */
function saysUnknown(checker: Checker, column: string): boolean {
  return checker.ask(`unknown ${column}`, (root) => unknownIn(root).has(column));
}

const unknownColumns = new WeakMap<Module, ReadonlySet<string>>();

function unknownIn(root: Module): ReadonlySet<string> {
  const before = unknownColumns.get(root);
  if (before !== undefined) return before;
  const found = new Set<string>();
  for (const statement of root.file.statements) {
    if (statement.kind !== 'data') continue;
    for (const { key, value } of statement.shape.flatMap((shape) => (shape.kind === 'map' ? shape.fields : [])))
      if (value.kind === 'qualified' && value.tail === 'unknown' && key.kind === 'dotted-key') found.add(key.parts.map((part) => part.text).join('.')); // prettier-ignore
  }
  unknownColumns.set(root, found);
  return found;
}
