/** How each typed op is written in PyTorch: a total table. What has no rule says so and is refused while compiling. */
import { constantOf } from '../check/build.ts';
import type { Typed, TypedAttributes, TypedOp } from '../check/typed.ts';
import { wordsLookedUp } from '../check/words.ts';
import type { Axis } from '../types/axis.ts';
import type { Body } from './body.ts';
import { Unsupported } from './unsupported.ts';
import { contract, cosines } from './contractions.ts';
import { elementwiseOne, elementwiseTwo } from './elementwise.ts';
import { gather } from './gathering.ts';
import { meanAp, softNms } from './intervals.ts';
import { aligned, dimension, hasAxis, indexed, ordered, position, without, type LocatedCode } from './located-code.ts';
import { atom, level, method, numeral, plain, within, type Code } from './python-code.ts';
import { pool, resize } from './picture-functions.ts';
import { reduce, softmax } from './reductions.ts';

type Rule<Op extends TypedOp> = (body: Body, typed: Typed, attributes: TypedAttributes[Op]) => LocatedCode;

const truthOf = (value: number): Code => plain(atom(value === 0 ? 'False' : 'True'));

const scalar = (code: Code): LocatedCode => ({ code, axes: [] });

const refused =
  (what: string) =>
  (_body: Body, typed: Typed): never => {
    throw new Unsupported(typed, what);
  };

/** Comes from outside a formula: whoever writes the body gives it. */
const outside =
  (what: string) =>
  (_body: Body, typed: Typed): never => {
    throw new Unsupported(typed, what);
  };

const rules: { readonly [Op in TypedOp]: Rule<Op> } = {
  number: (_body, typed, { value }) =>
    scalar(
      typed.type.element === 'bool' ? truthOf(value) : numeral(value, typed.type.element === 'i32'),
    ),
  size: (body, typed, { size }) => scalar(body.size(size, typed)),
  vector: (body, typed, { values }) => ({
    code: body.torch('torch.tensor', `[${values.map((each) => numeral(each).text).join(', ')}]${body.device()}`),
    axes: typed.type.axes,
  }),
  one: (body, typed, { op }) => {
    const value = body.argument(typed, 0);
    return { code: elementwiseOne(body, value.code, op), axes: value.axes };
  },
  two: (body, typed, attributes) => elementwiseTwo(body, typed, attributes.op),
  where: (body, typed) => {
    const { axes } = typed.type;
    const [condition = atom(''), yes, no] = body.operands(typed.args, 84, axes).map((value) => aligned(value, axes));
    return { code: body.torch('torch.where', body.tensor(condition).text, yes?.text ?? '', no?.text ?? ''), axes };
  },
  cast: (body, typed, { to }) => {
    const value = body.argument(typed, 0);
    const [truth] = typed.args;
    const number = truth?.op === 'number' ? truth.attributes.value : value.code.number;
    if (number !== undefined && to === 'bool') return { code: truthOf(number), axes: value.axes };
    if (number !== undefined) return { code: numeral(number, to === 'i32'), axes: value.axes };
    const name = { f32: 'float', i32: 'long', bool: 'bool' }[to];
    return { code: typed.args[0]?.op === 'size' ? value.code : method(value.code, name), axes: value.axes };
  },
  stop: (body, typed) => {
    const value = body.argument(typed, 0);
    return { code: method(value.code, 'detach'), axes: value.axes };
  },
  reduce: (body, typed, attributes) => reduce(body, typed, attributes),
  softmax: (body, typed, attributes) => softmax(body, typed, attributes),
  dot: (body, typed, { axis }) =>
    cosines(body, typed, axis) ?? contract(body, body.operands(typed.args), [axis]),
  normalize: (body, typed, { axis }) => {
    const value = body.argument(typed, 0);
    const dim = dimension(value, axis);
    const isLast = position(value, axis) === value.axes.length - 1;
    const along = isLast ? [] : [`dim=${dim}`];
    return { code: body.library('normalize', value.code.text, ...along), axes: value.axes };
  },
  rename: (body, typed, { pairs }) => {
    const value = body.argument(typed, 0);
    const axes = value.axes.map((axis) => pairs.find((pair) => pair.from.id === axis.id)?.to ?? axis);
    return { code: value.code, axes };
  },
  entry: (body, typed, { axis, at }) => {
    const value = body.argument(typed, 0);
    return { code: indexed(value, axis, String(at)), axes: without(value.axes, axis) };
  },
  slice: (body, typed, { axis, from, to, as }) => {
    const value = body.argument(typed, 0);
    // `to` is inclusive here, and the last where −1
    const end = to === -1 ? '' : String(to + 1);
    const code = indexed(value, axis, `${from === 0 ? '' : from}:${end}`);
    return { code, axes: value.axes.map((each) => (each.id === axis.id ? as : each)) };
  },
  gather: (body, typed, { axis }) => gather(body, typed, axis),
  index: (body, typed, { axis }) => ({
    code: body.torch('torch.arange', `${body.extent(axis, typed).text}${body.device()}`),
    axes: [axis],
  }),
  top_values: (body, typed, { axis, as }) => top(body, typed, axis, as, 0),
  top_indices: (body, typed, { axis, as }) => top(body, typed, axis, as, 1),
  upper: (body, typed, { first, second, as }) => {
    const value = body.argument(typed, 0);
    const rest = without(value.axes, first, second);
    return { code: body.library('upper', ordered(value, [...rest, first, second]).code.text), axes: [...rest, as] };
  },
  shuffle: (body, typed, { axis, stream }) => {
    const order = body.surroundings.draw(body, typed, stream, [axis]);
    const [operand] = typed.args;
    // 0, 1, 2 … in another order is that order
    if (operand?.op === 'index') return { code: order, axes: typed.type.axes };
    const value = body.argument(typed, 0);
    return { code: indexed(value, axis, order.text), axes: value.axes };
  },
  random: (body, typed, { stream }) => ({
    code: body.surroundings.draw(body, typed, stream, typed.type.axes),
    axes: typed.type.axes,
  }),
  stack: (body, typed, { as }) => {
    const axes = without(typed.type.axes, as);
    body.operands(typed.args, 80);
    const parts = typed.args.map((argument) => full(body, argument, axes).text);
    return { code: body.torch('torch.stack', `[${parts.join(', ')}], dim=-1`), axes: [...axes, as] };
  },
  concat: (body, typed, { along, as }) => {
    const rest = without(typed.type.axes, as);
    body.operands(typed.args, 80);
    const parts = typed.args.map((argument, at) => full(body, argument, [...rest, along[at] ?? as]).text);
    return { code: body.torch('torch.cat', `[${parts.join(', ')}], dim=-1`), axes: [...rest, as] };
  },
  merge: (body, typed, { axes, as }) => {
    const value = body.argument(typed, 0);
    const first = value.axes.findIndex((axis) => hasAxis(axes, axis));
    const rest = without(value.axes, ...axes);
    const [before, after] = [rest.slice(0, first), rest.slice(first)];
    const together = ordered(value, [...before, ...axes, ...after]);
    const code = axes.length === 1 ? together.code : method(together.code, 'flatten', String(before.length), String(before.length + axes.length - 1)); // prettier-ignore
    return { code, axes: [...before, as, ...after] };
  },
  split: (body, typed, { axis, as }) => {
    const value = body.argument(typed, 0);
    const extents = as.map((each) => body.extent(each, typed).text).join(', ');
    const axes = value.axes.flatMap((each) => (each.id === axis.id ? as : [each]));
    return { code: method(value.code, 'unflatten', String(position(value, axis)), `(${extents})`), axes };
  },
  expand: (body, typed) => ({ code: full(body, argumentOf(typed, 0), typed.type.axes), axes: typed.type.axes }),
  one_hot: (body, typed, { axis }) => {
    const value = body.argument(typed, 0);
    const hot = body.torch('F.one_hot', method(value.code, 'long').text, body.extent(axis, typed).text);
    return { code: method(hot, 'float'), axes: [...value.axes, axis] };
  },
  cumsum: (body, typed, { axis }) => {
    const value = body.argument(typed, 0);
    return { code: method(value.code, 'cumsum', String(dimension(value, axis))), axes: value.axes };
  },
  entry_column: (body, typed, { vocabulary, column }) => {
    const values = body.surroundings.words.get(vocabulary)?.columns?.[column] ?? [];
    return constants(body, typed, values.map((each) => numeral(Number(each)).text)); // prettier-ignore
  },
  word_index: (body, typed, attributes) => {
    const { axis, part } = attributes;
    const { words } = body.surroundings;
    const entries = words.get(axis.renames ?? axis.id)?.entries ?? [];
    const vocabularies = [...words].map(([name, vocabulary]) => ({ name, groups: {}, ...vocabulary }));
    const found = wordsLookedUp(attributes, vocabularies).map((word) => entries.indexOf(word));
    return constants(body, typed, found.map((at) => (part === 'index' ? String(Math.max(at, 0)) : at >= 0 ? 'True' : 'False'))); // prettier-ignore
  },
  column: outside('this column'),
  weight: outside('a weight in a formula'),
  parameter: outside('this tensor'),
  call: outside('this call'),
  prompt: refused('a text without a tower that reads it'),
  text: refused('a text without a tower that reads it'),
  on_data: outside('a value over a whole data set'),
  group_sum: groupSum,
  resize,
  pool,
  view: outside('this view'),
  soft_nms: softNms,
  mean_ap: meanAp,
  generate: outside('a text that is generated'),
  text_measure: outside('a measure of texts'),
  unbuilt: (_body, typed, { what }) => {
    throw new Unsupported(typed, what);
  },
}; // prettier-ignore

/** The expression of one value, its operands first. */
export function ruleOf(body: Body, typed: Typed): LocatedCode {
  const number = typed.type.axes.length === 0 && typed.type.element !== 'bool' ? constantOf(typed) : undefined;
  if (number !== undefined) return scalar(numeral(number, typed.type.element === 'i32'));
  const rule = rules[typed.op] as Rule<TypedOp>; // op and attributes agree by construction
  return rule(body, typed, typed.attributes);
}

// ── helpers ──────────────────────────────────────────────────────────

function argumentOf(typed: Typed, at: number): Typed {
  const argument = typed.args[at];
  if (argument === undefined) throw new Unsupported(typed, `${typed.op} without operand ${at}`);
  return argument;
}

/** A value with every axis at its full extent. */
function full(body: Body, typed: Typed, axes: readonly Axis[]): Code {
  const value = body.value(typed);
  return body.expanded(value, axes, typed, aligned(value, axes));
}

function top(body: Body, typed: Typed, axis: Axis, as: Axis, which: 0 | 1): LocatedCode {
  const value = body.argument(typed, 0);
  const rest = without(value.axes, axis);
  const { code } = ordered(value, [...rest, axis]);
  const found = body.library('top', code.text, body.extent(as, typed).text);
  return { code: atom(`${within(found, level.atom)}[${which}]`), axes: [...rest, as] };
}

/** Each element goes to the entry that its indices name. */
function groupSum(body: Body, typed: Typed, { over, by }: TypedAttributes['group_sum']): LocatedCode {
  const [value, ...indices] = body.operands(typed.args, 40);
  if (value === undefined) throw new Unsupported(typed, 'a sum of nothing');
  const all = [value, ...indices].reduce<readonly Axis[]>(
    (axes, each) => [...axes, ...without(each.axes, ...axes)],
    [],
  );
  const rest = without(all, ...over);
  const wide = [...rest, ...over];
  const [operand = typed] = typed.args;
  const parts = indices.map((each) => body.tensor(aligned(each, wide)).text);
  const extents = by.map((axis) => body.extent(axis, typed).text);
  const tuple = (items: readonly string[]): string => `(${items.join(', ')}${items.length === 1 ? ',' : ''})`;
  const x = body.expanded(value, wide, operand, aligned(value, wide));
  const code = body.library('group_sum', x.text, tuple(parts), tuple(extents), String(over.length));
  return { code, axes: [...rest, ...by] };
}

/** Numbers that the file or a vocabulary holds. */
function constants(body: Body, typed: Typed, values: readonly string[]): LocatedCode {
  const { axes } = typed.type;
  if (axes.length === 0) return scalar(body.torch('torch.tensor', `${values[0] ?? '0'}${body.device()}`));
  return { code: body.torch('torch.tensor', `[${values.join(', ')}]${body.device()}`), axes };
}
