import { invariant } from '../common/invariant.ts';
import type { Instance, Typed, TypedAttributes } from '../check/typed.ts';
import type { NodeId } from '../ir/graph.ts';
import { elementCount } from '../types/dtype.ts';
import type { Elaborator } from './elaborator.ts';
import { clipImage, clipText } from './layers/clip.ts';
import { imageTower, towerOutputWidth } from './layers/image-tower.ts';
import { linear } from './layers/linear.ts';
import { mlp } from './layers/mlp.ts';
import { textTransformer } from './layers/text-transformer.ts';
import { without, type Located } from './located.ts';

/** A tower or module applied to its operand. */
export function applyInstance(elaborator: Elaborator, typed: Typed, { owner, tap }: TypedAttributes['call']): Located {
  const instance = elaborator.checked.instances.find((each) => each.name === owner);
  const [operand] = typed.args;
  invariant(instance && operand, `a call of ${owner} without its parts`);
  const { shape } = instance;
  if (shape.kind !== 'encoder') return vectorModule(elaborator, instance, operand);
  const textual = operand.type.element === 'text';
  return textual
    ? textTower(elaborator, instance, operand, typed)
    : imageCall(elaborator, instance, operand, typed, tap);
}

/** `linear` and `mlp` act on one axis, wherever it stands. */
function vectorModule(elaborator: Elaborator, instance: Instance, operand: Typed): Located {
  const { shape } = instance;
  invariant(shape.kind !== 'encoder', 'a vector module');
  const value = elaborator.value(operand);
  const rest = without(value.axes, shape.from);
  const x = elaborator.aligner.ordered(value, [...rest, shape.from]).node;
  const output = elaborator.aligner.extent(shape.to);
  const node = elaborator.once(`${instance.name}|${x}`, () => {
    const context = elaborator.context(instance.name);
    return shape.kind === 'linear'
      ? linear(context, '', x, { output, bias: shape.bias })
      : mlp(context, '', x, { hidden: shape.hidden, output, activation: shape.activation });
  });
  return { node, axes: [...rest, shape.to] };
}

function imageCall(elaborator: Elaborator, instance: Instance, operand: Typed, typed: Typed, tap: string): Located {
  const { shape } = instance;
  invariant(shape.kind === 'encoder' && operand.op === 'column', `${instance.name} reads a column`);
  const pixels = elaborator.input(
    `column ${operand.attributes.column}`,
    { kind: 'column', column: operand.attributes.column, part: 'value' },
    'u8',
    elaborator.aligner.extents(operand.type.axes),
  );
  const node = elaborator.once(`${instance.name}.${tap}|${pixels}`, () => {
    const context = elaborator.context(instance.name);
    const { config } = shape;
    if (config.kind === 'clip') return clipImage(context, '', pixels, config).features;
    invariant(config.kind !== 'text_transformer', 'a text tower reads no image');
    return projectTo(elaborator, instance, imageTower(context, '', pixels, config).features);
  });
  return { node, axes: typed.type.axes };
}

/** `to: axis`: a linear projection where the tower's width is another size. */
function projectTo(elaborator: Elaborator, instance: Instance, features: NodeId): NodeId {
  const { shape } = instance;
  invariant(shape.kind === 'encoder', 'an encoder');
  if (shape.to === undefined) return features;
  const output = elaborator.aligner.extent(shape.to);
  if (output === towerOutputWidth(shape.config)) return features;
  return linear(elaborator.context(instance.name), 'projection', features, { output, bias: true });
}

function textTower(elaborator: Elaborator, instance: Instance, operand: Typed, typed: Typed): Located {
  const { shape } = instance;
  invariant(
    shape.kind === 'encoder' && (shape.config.kind === 'clip' || shape.config.kind === 'text_transformer'),
    'a text tower',
  );
  const config = shape.config.kind === 'clip' ? shape.config.text : shape.config;
  const tokenizer = shape.config.kind === 'clip' ? `${instance.name}.text` : instance.name;
  const shapeOfRows = elaborator.aligner.extents(operand.type.axes);
  const rows = elementCount(shapeOfRows);
  const { ids, end } = tokens(elaborator, operand, tokenizer, config.context, shapeOfRows);
  const features = elaborator.once(`${instance.name}.text|${ids}`, () => {
    const context = elaborator.context(instance.name);
    const flat = elaborator.aligner.reshaped(ids, [rows, config.context]);
    const flatEnd = elaborator.aligner.reshaped(end, [rows]);
    if (shape.config.kind === 'clip') return clipText(context, '', flat, flatEnd, shape.config).features;
    return projectTo(elaborator, instance, textTransformer(context, '', flat, flatEnd, config).features);
  });
  const axis = typed.type.axes.find((each) => each.id === (shape.to ?? shape.joint).id);
  invariant(axis, 'a text tower gives its feature axis');
  const axes = [...operand.type.axes, axis];
  return { node: elaborator.aligner.reshaped(features, elaborator.aligner.extents(axes)), axes };
}

function tokens(
  elaborator: Elaborator,
  operand: Typed,
  tokenizer: string,
  context: number,
  rows: readonly number[],
): { ids: NodeId; end: NodeId } {
  if (operand.op === 'column') {
    const { column } = operand.attributes;
    return {
      ids: elaborator.input(`column ${column}.ids`, { kind: 'column', column, part: 'ids' }, 'i32', [...rows, context]),
      end: elaborator.input(`column ${column}.length`, { kind: 'column', column, part: 'length' }, 'i32', [...rows]),
    };
  }
  invariant(operand.op === 'prompt', 'text comes from a column or a prompt');
  const table = elaborator.texts(operand.attributes.prompt, tokenizer);
  return {
    ids: elaborator.input(`texts ${table.id}.ids`, { kind: 'texts', table: table.id, part: 'ids' }, 'i32', [
      ...rows,
      context,
    ]),
    end: elaborator.input(`texts ${table.id}.length`, { kind: 'texts', table: table.id, part: 'length' }, 'i32', [
      ...rows,
    ]),
  };
}
