import { tokenizerOf } from '../check/parts/tokenizer-of.ts';
import type { Instance, Typed } from '../check/typed.ts';
import { invariant } from '../common/invariant.ts';
import { Arithmetic } from '../ir/arithmetic.ts';
import type { NodeId } from '../ir/graph.ts';
import type { Axis } from '../types/axis.ts';
import { elementCount } from '../types/dtype.ts';
import type { BertConfig, TextTowerConfig } from '../types/model-config.ts';
import type { Elaborator } from './elaborator.ts';
import { bertBlocks, bertEmbedding } from './layers/bert.ts';
import { keyMask } from './layers/key-mask.ts';
import { layerNorm } from './layers/layer-norm.ts';
import { join } from './layers/path.ts';
import { project } from './layers/project.ts';
import { embedTokens, placedTokens, textPool, textTrunk } from './layers/text-transformer.ts';
import { without, type Located } from './located.ts';
import { projectTo } from './project-to.ts';
import { textRows } from './prompt-tokens.ts';
import { finishedTokens, pooledFeature } from './tower-tail.ts';

/** A text tower, or one of its taps, on a prompt or a text column. */
export function textCall(
  elaborator: Elaborator,
  instance: Instance,
  operand: Typed,
  typed: Typed,
  tap: string,
): Located {
  const { shape } = instance;
  invariant(shape.kind === 'encoder', 'an encoder');
  const config = shape.config.kind === 'clip' ? shape.config.text : shape.config;
  invariant(config.kind === 'text_transformer' || config.kind === 'bert', 'a text tower');
  const isClip = shape.config.kind === 'clip';
  const path = isClip ? 'text' : '';
  const inner = isClip ? tap.split('.').slice(1).join('.') : tap;
  const { aligner } = elaborator;
  if (inner === 'finish') return finishedTokens(elaborator, instance, typed, (context, rows) => layerNorm(context, join(path, 'norm_final'), rows, config.epsilon), `${path}.projection`); // prettier-ignore
  if (inner === 'embeddings') return embeddings(elaborator, instance, operand, typed, { config, path });
  const tokenizer = tokenizerOf(elaborator.checked.instances, instance.name);
  const context = elaborator.context(instance.name);
  const embed = (ids: NodeId): NodeId => embedTokens(context, path, ids, config);
  const rows = textRows(elaborator, operand, tokenizer, config, embed);
  const { ids, end } = rows;
  const m = aligner.arithmetic;
  const [count = 1] = m.shape(end);
  const real = (): NodeId => {
    const place = m.op('iota', [], { shape: [count, config.context], axis: 1 });
    return m.binary('le', place, m.reshape(end, [count, 1]));
  };
  const finish = (node: NodeId): Located => {
    const own = operand.type.axes;
    const axes = [...own, ...without(typed.type.axes, ...own)];
    return { node: aligner.reshaped(node, aligner.extents(axes)), axes };
  };
  if (inner === 'ids') return finish(ids);
  if (inner === 'mask') return finish(real());
  if (inner === 'pool') return pooled(elaborator, instance, typed, { end, path, own: operand.type.axes });
  const tokens = rows.tokens ?? embed(ids);
  const joint = shape.config.kind === 'clip' ? shape.config.joint : undefined;
  const given = elaborator.once(`${instance.name}|${tap}|${tokens}`, typed, () => {
    if (config.kind === 'bert') {
      const before = bertEmbedding(context, path, tokens, config);
      if (inner === 'embed') return before;
      const hidden = bertBlocks(context, path, before, config, keyMask(context.builder, real()));
      return inner === 'hidden' ? hidden : projectTo(elaborator, instance, firstToken(m, hidden));
    }
    const before = placedTokens(context, path, tokens, config);
    if (inner === 'embed') return before;
    const hidden = textTrunk(context, path, before, config, new Map());
    if (inner === 'hidden') return hidden;
    const normed = inner === 'tokens' ? layerNorm(context, join(path, 'norm_final'), hidden, config.epsilon) : textPool(context, path, hidden, end, config); // prettier-ignore
    if (joint === undefined) return projectTo(elaborator, instance, normed);
    const flat = m.reshape(normed, [elementCount(m.shape(normed)) / config.width, config.width]);
    return project(context, 'text.projection', flat, joint);
  });
  return finish(given);
}

function firstToken(m: Arithmetic, hidden: NodeId): NodeId {
  const [n = 1, , width = 1] = m.shape(hidden);
  return m.reshape(m.op('slice', [hidden], { starts: [0, 0, 0], sizes: [n, 1, width] }), [n, width]);
}

/** `bert.embeddings(ids)`: ids along an axis of places to what the first block takes. */
function embeddings(
  elaborator: Elaborator,
  instance: Instance,
  operand: Typed,
  typed: Typed,
  { config, path }: { readonly config: TextTowerConfig | BertConfig; readonly path: string },
): Located {
  const { aligner } = elaborator;
  const value = elaborator.value(operand);
  const place = value.axes.findLast((axis) => axis.kind === 'position');
  const width = typed.type.axes.find((axis) => !value.axes.some((each) => each.id === axis.id));
  invariant(place && width, 'ids have an axis of places');
  const rest = without(value.axes, place);
  const ids = aligner.reshaped(aligner.ordered(value, [...rest, place]).node, [elementCount(aligner.extents(rest)), aligner.extent(place)]); // prettier-ignore
  const context = elaborator.context(instance.name);
  const tokens = embedTokens(context, path, ids, config);
  const node = config.kind === 'bert' ? bertEmbedding(context, path, tokens, config) : placedTokens(context, path, tokens, config); // prettier-ignore
  const axes = [...rest, place, width];
  return { node: aligner.reshaped(node, aligner.extents(axes)), axes };
}

/** The later half of a tower whose blocks were written out. */
function pooled(
  elaborator: Elaborator,
  instance: Instance,
  typed: Typed,
  { end, path, own }: { readonly end: NodeId; readonly path: string; readonly own: readonly Axis[] },
): Located {
  const { aligner } = elaborator;
  const { shape } = instance;
  invariant(shape.kind === 'encoder', 'an encoder');
  const words = shape.config.kind === 'clip' ? shape.config.text : shape.config;
  return pooledFeature(elaborator, instance, typed, 1, 'text.projection', ({ rest, rows }) => {
    const ends = aligner.expanded({ node: aligner.reshaped(end, aligner.extents(own)), axes: own }, rest);
    if (words.kind !== 'text_transformer') return firstToken(aligner.arithmetic, rows);
    const perRow = aligner.reshaped(ends, [elementCount(aligner.extents(rest))]);
    return textPool(elaborator.context(instance.name), path, rows, perRow, words);
  });
}
