/** Functions that put axes together, take them apart, and lay windows over them. */
import type { Name } from '../syntax/ast.ts';
import {
  axisWord, isStructural, known, printSize, productOfSizes, sameSize, structuralKinds, sumOfSizes, type Axis, type Size,
} from '../types/axis.ts'; // prettier-ignore
import { hasAxis } from '../types/value-type.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { pad } from '../types/catalogue/functions/pad.ts';
import { Arguments } from './arguments.ts';
import { bornAxis } from './born-axis.ts';
import { cast, describe, node, orderAxes, uniteAxes } from './build.ts';
import type { Checker } from './checker.ts';
import { Compose, withMask, withoutAxes } from './compose.ts';
import { axisOf } from './named-axis.ts';
import type { Site } from './site.ts';
import { sizeOf } from './sizes.ts';
import type { Typed } from './typed.ts';
import type { Value } from './value.ts';
import { columnIndex } from './words.ts';

/** `merge(x, height, width) as region`: all combinations of the axes, the last the fastest. */
export function mergeCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined || args.failed) return undefined;
  const axes = args.positionalAxes(1, value);
  if (axes === undefined) return undefined;
  const kind = axes.every((axis) => axis.kind === axes[0]?.kind) ? (axes[0]?.kind ?? 'item') : 'item';
  const size = productOfSizes(axes.map((axis) => axis.size));
  const as = args.born('as', { kind, size }, 'the combinations');
  if (as === undefined) return undefined;
  if (withoutAxes(value.type.axes, ...axes).some((axis) => axis.id === as.id)) return alreadyThere(args, checker, as);
  return new Compose(call.span).merge(value, axes, { ...as, merged: axes });
}

/** `unmerge(x, region)` gives the axes of a `merge` back; of an index into it, the index into each: `let (y, x) = unmerge(at, region)`. */
export function unmergeCall({ checker, call, scope, name }: Site): Value | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  const named = args.positional(1);
  if (value === undefined || named === undefined || args.failed) return undefined;
  const { indexes } = value.type;
  const among = [...value.type.axes, ...(indexes === undefined ? [] : [indexes])];
  const wanted = axisOf(checker, named.value, scope, among);
  const axis = among.find((each) => each.id === wanted?.id);
  if (wanted === undefined) return undefined;
  const compose = new Compose(call.span);
  if (axis?.merged === undefined)
    return checker.report.error('CX3003', named.span, `\`${axisWord(wanted)}\` was not made by \`merge\` here`, {
      found: describe(value),
      help: '`split(x, axis, sizes: [7, 7]) as [height, width]` takes any axis apart',
    });
  if (hasAxis(value.type, axis.id)) {
    const twin = axis.merged.find((each) => hasAxis(value.type, each.id));
    if (twin !== undefined) return alreadyThere(args, checker, twin);
    return { kind: 'tensor', typed: compose.split(value, axis, axis.merged) };
  }
  const { merged } = axis;
  return { kind: 'tuple', items: merged.map((part, at): Value => ({ kind: 'tensor', typed: partOfIndex(compose, value, merged, part, at) })) }; // prettier-ignore
}

/** Index into one of the merged axes: the whole index over the sizes behind it, modulo its own size. */
function partOfIndex(compose: Compose, index: Typed, merged: readonly Axis[], part: Axis, at: number): Typed {
  const size = (axes: readonly Axis[]): Typed =>
    axes.reduce<Typed>((total, axis) => compose.two('mul', total, compose.size(axis)), compose.number(1, 'i32'));
  const over = (x: Typed, by: Typed): Typed => cast(compose.one('floor', compose.two('div', x, by)), 'i32');
  const shifted = over(index, size(merged.slice(at + 1)));
  const turns = over(index, size(merged.slice(at)));
  const own = compose.two('sub', shifted, compose.two('mul', turns, compose.size(part)));
  return { ...own, type: { ...own.type, indexes: part } };
}

/** `split(x, key, sizes: [7, 7]) as [height, width]`: one axis as several, the last the fastest. Sizes of declared axes are known. */
export function splitCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined || args.failed) return undefined;
  const [axis] = args.positionalAxes(1, value) ?? [];
  if (axis === undefined) return undefined;
  const given = args.labelled('as')?.value;
  const names = args.names(given?.kind === 'list' ? given.items.length : 2, 'new axes (the parts)');
  if (names === undefined) return undefined;
  const sizes = splitSizes(checker, args, axis, names, scope);
  if (sizes === undefined) return undefined;
  const as = names.map((each, at) => bornAxis(checker, each, { kind: axis.kind, size: sizes[at] ?? known(1) }, scope));
  if (as.some((each) => each === undefined)) return undefined;
  const parts = as.filter((each) => each !== undefined);
  const twin = parts.find((each) => hasAxis(value.type, each.id) && each.id !== axis.id);
  if (twin !== undefined) return alreadyThere(args, checker, twin);
  return new Compose(call.span).split(value, axis, parts);
}

function splitSizes(
  checker: Checker,
  args: Arguments,
  axis: Axis,
  names: readonly Name[],
  scope: Site['scope'],
): Size[] | undefined {
  const listed = args.tensorList('sizes');
  if (args.failed) return undefined;
  const sizeNamed = (name: Name): Size | undefined => {
    const local = scope.axis(name.text);
    if (local !== undefined) return local.size;
    const declared = checker.declarationOf(name.text, scope.module, 'axis');
    return declared && checker.declaredAxis(declared.declaration, declared.module)?.size;
  };
  const sizes = listed === undefined ? names.map(sizeNamed) : listed.map(({ value }) => sizeOf(value));
  const open = sizes.findIndex((size) => size === undefined);
  if (sizes.length !== names.length || open >= 0) {
    return args.fail('CX3011', `\`split\` needs the size of each new axis`, `write \`sizes: [${names.map(() => '…').join(', ')}]\`, or declare them with \`axis\``); // prettier-ignore
  }
  const whole = sizes.filter((size) => size !== undefined);
  if (sameSize(productOfSizes(whole), axis.size)) return whole;
  return checker.report.error('CX3002', args.labelled('sizes')?.span ?? args.call.span, `\`${axisWord(axis)}\` has ${printSize(axis.size)} entries, which these sizes do not make up`, {
    expected: `sizes whose product is ${printSize(axis.size)}`,
    found: `${whole.map(printSize).join(' * ')} = ${printSize(productOfSizes(whole))}`,
  }); // prettier-ignore
}

/** `expand(x, channel: 3)`, `expand(x, over: factor)`, `expand(x, like: y)`: the same numbers along further axes. */
export function expandCall({ checker, call, scope, name }: Site): Typed | undefined {
  const sizes = call.args.filter(({ label }) => label !== undefined && !['over', 'like', 'as'].includes(label.text));
  const rest = { ...call, args: call.args.filter((argument) => !sizes.includes(argument)) };
  const args = Arguments.of({ checker, name, call: rest, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const like = args.option('like');
  const over = args.anyAxes('over');
  if (args.failed || over === undefined) return undefined;
  const born = sizes.map((argument): Axis | undefined => {
    const typed = checker.tensor(argument.value, scope);
    const size = typed && sizeOf(typed);
    if (argument.label === undefined || typed === undefined) return undefined;
    if (size === undefined)
      return checker.report.error('CX3011', argument.value.span, 'the size of an axis is known while compiling');
    return bornAxis(checker, argument.label, { kind: 'item', size }, scope);
  });
  if (born.some((axis) => axis === undefined)) return undefined;
  const fresh = [...over, ...born.filter((axis) => axis !== undefined)];
  if (fresh.length === 0 && like === undefined)
    return args.fail(
      'CX3006',
      '`expand` needs further axes',
      'write `expand(x, channel: 3)`, `over: factor` or `like: y`',
    );
  const twin = fresh.find((axis) => hasAxis(value.type, axis.id));
  if (twin !== undefined) return alreadyThere(args, checker, twin);
  const all = like === undefined ? value.type.axes : uniteAxes(value, like, call.span, checker.report, '`expand`');
  if (all === undefined) return undefined;
  const axes = orderAxes([...all, ...withoutAxes(fresh, ...all)]);
  return node('expand', [value], { like: axes }, { ...value.type, axes }, call.span, value.mask);
}

/** `pad(x, over: width, before: 1, after: 1, value: 0)`; without `value:` what is added is masked. */
export function padCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.overOne(value);
  const [before, after] = [
    args.whole('before', 'CX5006', 0) ?? defaultOf(pad, 'before'),
    args.whole('after', 'CX5006', 0) ?? defaultOf(pad, 'after'),
  ];
  const filler = args.option('value');
  const edge = args.flag('edge');
  if (axis === undefined || args.failed) return undefined;
  if (before + after === 0) return args.fail('CX3006', '`pad` needs `before:` or `after:`, how many entries to add');
  const as = resized(checker, args, axis, sumOfSizes([axis.size, known(before + after)]));
  if (as === undefined) return undefined;
  const compose = new Compose(call.span);
  const at = compose.with('sub', compose.index(as), before);
  const last = compose.with('sub', compose.size(axis), 1);
  const inside = compose.two('and', compose.with('ge', at, 0), compose.two('le', at, last));
  const moved = compose.gather(value, axis, compose.clamp(at, compose.number(0, 'i32'), last));
  if (edge) return moved;
  return filler === undefined
    ? compose.only(moved, inside)
    : withMask(compose.where(inside, moved, filler), moved.mask);
}

/** The axis at another size: of the same name where sizes belong to values, else of the name after `as`. */
export function resized(
  checker: Checker,
  args: Arguments,
  axis: Axis,
  size: Size,
  what = 'the axis at its new size',
): Axis | undefined {
  if (args.has('as')) return args.born('as', { kind: axis.kind, size }, what);
  if (isStructural(axis))
    return bornAxis(checker, { kind: 'name', text: axis.name, span: args.call.span }, { kind: axis.kind, size }, args.scope); // prettier-ignore
  return args.fail(
    'CX3002',
    `\`${args.name}\` makes a new axis (${what}), which needs a name`,
    `write \`${args.has('along') ? 'along' : 'over'}: ${axisWord(axis)} as name\``,
  );
}

/** `part_of(x, slot)`: which operand of `concat` each entry came from, 0 the first. */
export function partOfCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined || args.failed) return undefined;
  const [axis] = args.positionalAxes(1, value) ?? [];
  if (axis === undefined) return undefined;
  if (axis.parts === undefined)
    return checker.report.error('CX3003', args.place(1), `\`${axisWord(axis)}\` was not made by \`concat\` in this value`, {
      help: 'keep the name of the `concat` that made it: a rename or slice makes another axis',
    }); // prettier-ignore
  const compose = new Compose(call.span);
  const bounds = axis.parts.slice(0, -1).map((_, at) => sumOfSizes((axis.parts ?? []).slice(0, at + 1)));
  return bounds.reduce<Typed>(
    (part, bound) => {
      const border = bound.kind === 'known' ? compose.number(bound.value, 'i32') : node('size', [], { size: bound }, { element: 'i32', axes: [] }, call.span); // prettier-ignore
      return compose.two('add', part, cast(compose.two('ge', compose.index(axis), border), 'i32'));
    },
    node('expand', [compose.number(0, 'i32')], { like: [axis] }, { element: 'i32', axes: [axis] }, call.span),
  );
}

/** `as_index(e, axis)`: a whole number as an index of the axis, outside it is unknown; of words, the entry of a vocabulary that they name. */
export function asIndexCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensorOrText(0);
  const named = args.positional(1);
  if (value === undefined || named === undefined || args.failed) return undefined;
  const axis = axisOf(checker, named.value, scope);
  if (axis === undefined) return undefined;
  if (value.type.element === 'text') {
    if (value.op === 'entry_column' && checker.vocabularies.has(axis.id))
      return columnIndex(axis, value, checker.vocabularies, call.span);
    return checker.report.error('CX3007', args.place(1), `\`${axisWord(axis)}\` has no words to look these up in`, {
      expected: 'a further column of a vocabulary, and the name of a `vocabulary`',
    }); // prettier-ignore
  }
  const compose = new Compose(call.span);
  // truncation of −0.5 would be inside
  const whole = value.type.element === 'i32' ? value : compose.one('floor', value);
  const last = compose.with('sub', compose.size(axis), 1);
  const inside = compose.two('and', compose.with('ge', whole, 0), compose.two('le', whole, last));
  const at = compose.clamp(whole, compose.number(0, 'i32'), last);
  const index = cast(at, 'i32');
  return { ...compose.only(index, inside), type: { ...index.type, indexes: axis } };
}

/** `one_hot(y)`: 1 at the entry that the index names. */
export function oneHotCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined || args.failed) return undefined;
  const axis = value.type.indexes;
  if (axis === undefined)
    return checker.report.error('CX3007', args.place(0), '`one_hot` takes an index of an axis', {
      found: describe(value),
      expected: 'a `class` column, `index(axis)`, `argmax(…)`',
    });
  if (hasAxis(value.type, axis.id)) {
    return checker.report.error('CX3009', call.span, `the value already has the axis \`${axisWord(axis)}\``, {
      help: `rename it first: \`x[${axisWord(axis)} as another]\``,
    });
  }
  const axes = orderAxes([...value.type.axes, axis]);
  return node('one_hot', [value], { axis }, { element: 'f32', axes }, call.span, value.mask);
}

export function alreadyThere({ call }: Arguments, checker: Checker, axis: Axis): undefined {
  return checker.report.error('CX3009', call.span, `a value here already has an axis \`${axisWord(axis)}\``, {
    help: structuralKinds.has(axis.name) ? 'choose another name, or rename that one first' : 'choose another name for the new axis',
  }); // prettier-ignore
}
