import { InternalError, invariant } from '../common/invariant.ts';
import type { EncoderShape } from '../check/parts/encoder-shape.ts';
import { scalarAxis } from '../check/parts/layer-shape.ts';
import type { Instance, InstanceShape, Typed, TypedAttributes } from '../check/typed.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Axis } from '../types/axis.ts';
import { elementCount } from '../types/dtype.ts';
import { applyLayer } from './apply-layer.ts';
import type { Elaborator } from './elaborator.ts';
import { imageTap } from './layers/image-tap.ts';
import { linear } from './layers/linear.ts';
import { mlp } from './layers/mlp.ts';
import { join } from './layers/path.ts';
import { vitEpsilon, vitNormed, vitPool } from './layers/vit.ts';
import { without, type Located } from './located.ts';
import { nominal } from './nominal.ts';
import { pictures } from './image-batch.ts';
import { soundCall } from './sound-tower.ts';
import { projectTo } from './project-to.ts';
import { textCall } from './text-tower.ts';
import { blockProbabilities, finishedTokens, pooledFeature } from './tower-tail.ts';

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
      if (shape.config.kind === 'ast') return soundCall(elaborator, instance, typed, tap);
      return operand.type.element === 'text' || tap.endsWith('embeddings') || tap === 'text.finish'
        ? textCall(elaborator, instance, operand, typed, tap)
        : imageCall(elaborator, instance, typed, tap);
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
  const node = elaborator.once(`${owner}|${path}|${x}`, undefined, () => {
    const context = elaborator.context(owner);
    return shape.kind === 'linear'
      ? linear(context, path, x, { output, bias: shape.bias })
      : mlp(context, path, x, { hidden: shape.hidden, output, activation: shape.activation });
  });
  if (shape.to.id !== scalarAxis.id) return { node, axes: [...rest, shape.to] };
  return { node: elaborator.aligner.reshaped(node, elaborator.aligner.extents(rest)), axes: rest };
}

function imageCall(elaborator: Elaborator, instance: Instance, typed: Typed, tap: string): Located {
  const { shape } = instance;
  const [operand, extra] = typed.args;
  invariant(shape.kind === 'encoder' && operand, 'an encoder with its operand');
  const { config } = shape;
  const tower = config.kind === 'clip' ? config.image : config;
  invariant('statistics' in tower, 'only an image tower reads images');
  const path = config.kind === 'clip' ? 'image' : '';
  const inner = config.kind === 'clip' ? tap.split('.').slice(1).join('.') : tap;
  if (inner === 'pool' && tower.kind === 'vit')
    return pooledFeature(elaborator, instance, typed, 0, 'image.projection', ({ rows }) =>
      vitPool(elaborator.context(instance.name), path, rows, tower),
    );
  if (inner === 'finish' && tower.kind === 'vit') return finishedTokens(elaborator, instance, typed, (context, rows) => vitNormed(context, path, rows, tower), `${path}.projection`); // prettier-ignore
  const [tapped, index] = inner.split('.');
  if (tapped === 'probabilities' && tower.kind === 'vit') return blockProbabilities(elaborator, instance, typed, join(path, `blocks.${index ?? ''}`), tower.heads, vitEpsilon(tower)); // prettier-ignore
  const { node: image, lead } = pictures(elaborator, operand);
  const appended = extra === undefined ? undefined : appendedTokens(elaborator, extra, lead, shape);
  const node = elaborator.once(`${instance.name}.${tap}|${image}|${appended ?? ''}`, typed, () => {
    const context = elaborator.context(instance.name);
    const joint = config.kind === 'clip' ? { joint: config.joint } : {};
    const given = imageTap({ context, path, image, config: tower, tap: inner, ...joint, ...(appended === undefined ? {} : { appended }) }); // prettier-ignore
    return inner === '' ? projectTo(elaborator, instance, given) : given;
  });
  const rest = typed.type.axes.filter((axis) => !lead.some((each) => each.id === axis.id));
  const axes = [...lead, ...rest];
  return { node: elaborator.aligner.reshaped(node, elaborator.aligner.extents(axes)), axes };
}

/** `append: t` as `[n, more, width]`. */
function appendedTokens(elaborator: Elaborator, extra: Typed, lead: readonly Axis[], shape: EncoderShape): NodeId {
  const { aligner } = elaborator;
  const width = shape.axes['image.width'] ?? shape.joint;
  const value = elaborator.value(extra);
  const places = without(value.axes, ...lead, width);
  const node = aligner.expanded(value, [...lead, ...places, width]);
  const n = elementCount(aligner.extents(lead));
  return aligner.reshaped(node, [n, elementCount(aligner.extents(places)), aligner.extent(width)]);
}
