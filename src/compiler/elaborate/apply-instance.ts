import { InternalError, invariant } from '../common/invariant.ts';
import { scalarAxis } from '../check/parts/layer-shape.ts';
import type { Instance, InstanceShape, Typed, TypedAttributes } from '../check/typed.ts';
import type { NodeId } from '../ir/graph.ts';
import { applyLayer } from './apply-layer.ts';
import type { Elaborator } from './elaborator.ts';
import { clipImage, clipTextFromTokens } from './layers/clip.ts';
import { imageTower, towerOutputWidth } from './layers/image-tower.ts';
import { linear } from './layers/linear.ts';
import { mlp } from './layers/mlp.ts';
import { embedTokens, textTransformerFromTokens } from './layers/text-transformer.ts';
import { without, type Located } from './located.ts';
import { nominal } from './nominal.ts';
import { pictures } from './image-batch.ts';
import { textRows } from './prompt-tokens.ts';

/** A tower, tap, module or part applied to its operands. */
export function applyInstance(elaborator: Elaborator, typed: Typed, attributes: TypedAttributes['call']): Located {
  if (attributes.unbuilt !== undefined) return nominal(elaborator, typed);
  const { owner, tap, part } = attributes;
  const instance = elaborator.checked.instances.find((each) => each.name === owner);
  const [operand] = typed.args;
  invariant(instance && operand, `a call of ${owner} without its parts`);
  const inner = part === undefined ? undefined : instance.parts?.[part];
  const { shape, path } = inner ?? { shape: instance.shape, path: '' };
  switch (shape.kind) {
    case 'linear':
    case 'mlp':
      return vectorModule(elaborator, owner, path, shape, operand);
    case 'layer':
      return applyLayer(elaborator, typed, attributes, shape, path);
    case 'composite':
      throw new InternalError(`${owner}.${part ?? ''} is written out where it is called`);
    case 'encoder':
      return operand.type.element === 'text'
        ? textTower(elaborator, instance, operand, typed)
        : imageCall(elaborator, instance, operand, typed, tap);
  }
}

/** `linear` and `mlp` act on one axis, wherever it stands. */
function vectorModule(
  elaborator: Elaborator,
  owner: string,
  path: string,
  shape: Extract<InstanceShape, { kind: 'linear' | 'mlp' }>,
  operand: Typed,
): Located {
  const value = elaborator.value(operand);
  const rest = without(value.axes, shape.from);
  const x = elaborator.aligner.ordered(value, [...rest, shape.from]).node;
  const output = elaborator.aligner.extent(shape.to);
  const node = elaborator.once(`${owner}|${path}|${x}`, () => {
    const context = elaborator.context(owner);
    return shape.kind === 'linear'
      ? linear(context, path, x, { output, bias: shape.bias })
      : mlp(context, path, x, { hidden: shape.hidden, output, activation: shape.activation });
  });
  if (shape.to.id !== scalarAxis.id) return { node, axes: [...rest, shape.to] };
  return { node: elaborator.aligner.reshaped(node, elaborator.aligner.extents(rest)), axes: rest };
}

function imageCall(elaborator: Elaborator, instance: Instance, operand: Typed, typed: Typed, tap: string): Located {
  const { shape } = instance;
  invariant(shape.kind === 'encoder', 'an encoder');
  const { node: pixels, lead } = pictures(elaborator, operand);
  const node = elaborator.once(`${instance.name}.${tap}|${pixels}`, () => {
    const context = elaborator.context(instance.name);
    const { config } = shape;
    if (config.kind === 'clip') return clipImage(context, '', pixels, config).features;
    invariant('statistics' in config, 'only an image tower reads images');
    return projectTo(elaborator, instance, imageTower(context, '', pixels, config).features);
  });
  const rest = typed.type.axes.filter((axis) => !lead.some((each) => each.id === axis.id));
  const axes = [...lead, ...rest];
  return { node: elaborator.aligner.reshaped(node, elaborator.aligner.extents(axes)), axes };
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
  const context = elaborator.context(instance.name);
  const path = shape.config.kind === 'clip' ? 'text' : '';
  const embed = (ids: NodeId): NodeId => embedTokens(context, path, ids, config);
  const { ids, end, tokens = embed(ids) } = textRows(elaborator, operand, tokenizer, config, embed);
  const features = elaborator.once(`${instance.name}.text|${tokens}`, () => {
    if (shape.config.kind === 'clip') return clipTextFromTokens(context, '', tokens, end, shape.config).features;
    return projectTo(elaborator, instance, textTransformerFromTokens(context, '', tokens, end, config).features);
  });
  const axis = typed.type.axes.find((each) => each.id === (shape.to ?? shape.joint).id);
  invariant(axis, 'a text tower gives its feature axis');
  const axes = [...operand.type.axes, axis];
  return { node: elaborator.aligner.reshaped(features, elaborator.aligner.extents(axes)), axes };
}
