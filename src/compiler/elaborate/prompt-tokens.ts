/** Texts as a tower takes them: ids of tokens or, where vectors are spliced in, vectors of all tokens. */
import { invariant } from '../common/invariant.ts';
import { columnFor } from '../check/data-columns.ts';
import type { Typed } from '../check/typed.ts';
import type { PromptTable } from '../check/value.ts';
import type { NodeId } from '../ir/graph.ts';
import type { InputSource } from '../program/program-function.ts';
import { known, type Axis } from '../types/axis.ts';
import { elementCount } from '../types/dtype.ts';
import type { TextTowerConfig } from '../types/model-config.ts';
import type { Elaborator } from './elaborator.ts';
import type { Located } from './located.ts';
import { textEnd } from './layers/text-end.ts';
import { contract } from './reductions.ts';

/** One row a text, in row-major order of the axes of the value. */
export interface TextRows {
  /** i32 [rows] */
  readonly end: NodeId;
  /** i32 [rows, context] */
  readonly ids: NodeId;
  /** f32 [rows, context, width], where some of them are no tokens of the vocabulary. */
  readonly tokens?: NodeId;
}

/** `embed`: ids `i32 [rows, context]` → the vectors of the tower's table `[rows, context, width]`. A tower with a rule for where a text ends reads it off the ids. */
export function textRows(
  elaborator: Elaborator,
  operand: Typed,
  tokenizer: string,
  { context, width, end: rule }: Pick<TextTowerConfig, 'context' | 'width' | 'end'>,
  embed: (ids: NodeId) => NodeId,
): TextRows {
  const { aligner } = elaborator;
  const axes = operand.type.axes;
  const rows = elementCount(aligner.extents(axes));
  const prompt = operand.op === 'prompt' ? promptOf(elaborator, operand.attributes.prompt) : undefined;
  const source = textInputs(elaborator, operand, prompt, tokenizer, { context, rule });
  if (prompt === undefined || prompt.vectors.length === 0) {
    return { ids: aligner.reshaped(source.ids.node, [rows, context]), end: aligner.reshaped(source.end.node, [rows]) };
  }
  invariant(source.starts, 'a prompt with vectors says where they begin');
  const token: Axis = { id: 'prompt token', name: 'token', kind: 'position', size: known(context) };
  const feature: Axis = { id: 'prompt width', name: 'width', kind: 'feature', size: known(width) };
  const own = without(source.ids.axes, token);
  const flat = aligner.reshaped(source.ids.node, [elementCount(aligner.extents(own)), context]);
  let tokens: Located = {
    node: aligner.reshaped(embed(flat), aligner.extents([...own, token, feature])),
    axes: [...own, token, feature],
  };
  const vectors = operand.args.slice(operand.args.length - prompt.vectors.length);
  for (const [slot, { width: textWidth, position, length }] of prompt.vectors.entries()) {
    const value = elaborator.value(vectors[slot] ?? operand);
    const place: Axis = position ?? { id: 'prompt place', name: 'place', kind: 'position', size: known(1) };
    const vector: Located = {
      node: position === undefined ? aligner.reshaped(value.node, [1, ...aligner.extents(value.axes)]) : value.node,
      axes: [...(position === undefined ? [place] : []), ...value.axes.map((axis) => (axis.id === textWidth.id ? feature : axis))],
    }; // prettier-ignore
    tokens = splice(elaborator, tokens, vector, startOf(elaborator, source.starts, slot), { token, place, length });
  }
  const full = aligner.expanded(tokens, [...axes, token, feature]);
  const end = aligner.expanded(source.end, axes);
  return {
    ids: flat,
    end: aligner.reshaped(end, [rows]),
    tokens: aligner.reshaped(full, [rows, context, width]),
  };
}

/** Positions start … start + length − 1 of every row take the vectors; a matrix of 0 and 1 carries them there and their gradient back. */
function splice(
  elaborator: Elaborator,
  tokens: Located,
  vectors: Located,
  starts: Located,
  { token, place, length }: { readonly token: Axis; readonly place: Axis; readonly length: number },
): Located {
  const { aligner, builder } = elaborator;
  const m = aligner.arithmetic;
  const count = aligner.extent(token);
  const axes = [...starts.axes, token, place];
  const at = builder.add('iota', [], { shape: [count, length], axis: 0 });
  const offset = builder.add('iota', [], { shape: [count, length], axis: 1 });
  const begins = aligner.reshaped(starts.node, [...aligner.extents(starts.axes), 1, 1]);
  const wanted = m.binary('sub', m.binary('sub', at, offset), begins);
  const zero = builder.add('constant', [], { dtype: 'i32', shape: [], values: [0] });
  const isHere = builder.add('cast', [builder.add('eq', [wanted, zero], {})], { dtype: 'f32' });
  const carried = contract(elaborator, { node: isHere, axes }, vectors, [place]);
  const covered: Located = { node: m.sum(isHere, [axes.length - 1], false), axes: without(axes, place) };
  const all = [...tokens.axes];
  for (const axis of carried.axes) if (!all.some((each) => each.id === axis.id)) all.unshift(axis);
  const kept = m.binary('sub', m.number(1), aligner.aligned(covered, all));
  const rest = m.binary('mul', aligner.aligned(tokens, all), kept);
  return { node: m.binary('add', rest, aligner.aligned(carried, all)), axes: all };
}

const without = (axes: readonly Axis[], gone: Axis): Axis[] => axes.filter(({ id }) => id !== gone.id);

function promptOf(elaborator: Elaborator, name: string): PromptTable {
  const prompt = elaborator.checked.prompts.find((each) => each.name === name);
  invariant(prompt, `no prompt ${name}`);
  return prompt;
}

interface TextInputs {
  /** [..., token] */
  readonly ids: Located;
  readonly end: Located;
  /** [..., slot] */
  readonly starts?: Located;
}

function textInputs(
  elaborator: Elaborator,
  operand: Typed,
  prompt: PromptTable | undefined,
  tokenizer: string,
  { context, rule }: { readonly context: number; readonly rule: TextTowerConfig['end'] },
): TextInputs {
  const token: Axis = { id: 'prompt token', name: 'token', kind: 'position', size: known(context) };
  const axes = prompt?.axes ?? operand.type.axes;
  const shape = elaborator.aligner.extents(axes);
  const source = sourceOf(elaborator, operand, prompt, tokenizer);
  const slots = prompt?.vectors.length ?? 0;
  const input = (part: 'ids' | 'length' | 'starts', extents: readonly number[]): NodeId =>
    elaborator.input(`${source.key}.${part}`, source.of(part), 'i32', extents);
  const ids = input('ids', [...shape, context]);
  const { aligner, builder } = elaborator;
  const told = (end: NonNullable<typeof rule>): NodeId =>
    aligner.reshaped(textEnd(builder, aligner.reshaped(ids, [elementCount(shape), context]), end), shape);
  return {
    ids: { node: ids, axes: [...axes, token] },
    // where vectors stand in a text its ids are padding, which may be the id of the end token
    end: { node: rule === undefined || slots > 0 ? input('length', shape) : told(rule), axes },
    ...(slots === 0 ? {} : { starts: { node: input('starts', [...shape, slots]), axes: [...axes, slotAxis(slots)] } }),
  };
}

const slotAxis = (count: number): Axis => ({ id: 'prompt slot', name: 'slot', kind: 'item', size: known(count) });

function startOf(elaborator: Elaborator, starts: Located, slot: number): Located {
  const { aligner, builder } = elaborator;
  const shape = builder.shape(starts.node);
  const last = shape.length - 1;
  const one = builder.add('slice', [starts.node], {
    starts: shape.map((_, axis) => (axis === last ? slot : 0)),
    sizes: shape.map((extent, axis) => (axis === last ? 1 : extent)),
  });
  const axes = starts.axes.slice(0, last);
  return { node: aligner.reshaped(one, aligner.extents(axes)), axes };
}

function sourceOf(
  elaborator: Elaborator,
  operand: Typed,
  prompt: PromptTable | undefined,
  tokenizer: string,
): { readonly key: string; readonly of: (part: 'ids' | 'length' | 'starts') => InputSource } {
  const written = operand.op === 'column' ? operand.attributes.column : prompt?.column;
  const other = written === undefined ? undefined : columnFor(written, tokenizer);
  const column = elaborator.checked.columns.some(({ name }) => name === other) ? other : written;
  if (column !== undefined) return { key: `column ${column}`, of: (part) => ({ kind: 'column', column, part }) };
  invariant(prompt, 'text comes from a column or a prompt');
  const table = elaborator.texts(prompt.name, tokenizer);
  return { key: `texts ${table.id}`, of: (part) => ({ kind: 'texts', table: table.id, part }) };
}
