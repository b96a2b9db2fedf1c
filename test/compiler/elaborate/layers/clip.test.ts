import { describe, expect, it } from 'vitest';
import {
  clipStatistics,
  plainStatistics,
  type Activation,
  type ClipConfig,
} from '../../../../src/compiler/types/model-config.ts';
import { clipImage, clipLogitScale, clipText } from '../../../../src/compiler/elaborate/layers/clip.ts';
import { DeclaringContext } from '../../../../src/compiler/elaborate/layers/declaring-context.ts';
import { layerNorm } from '../../../../src/compiler/elaborate/layers/layer-norm.ts';
import { project } from '../../../../src/compiler/elaborate/layers/project.ts';
import type { TowerResult } from '../../../../src/compiler/elaborate/layers/tower.ts';
import { differentiate } from '../../../../src/compiler/differentiate/differentiate.ts';
import { Arithmetic } from '../../../../src/compiler/ir/arithmetic.ts';
import { evaluateNodes } from '../../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, type NodeId } from '../../../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../../../src/compiler/ir/tensor-data.ts';
import { elementCount } from '../../../../src/compiler/types/dtype.ts';
import { toHwio, toNhwc, toOihw } from '../../../support/layout.ts';
import { oracle } from '../../../support/oracles.ts';

const tiny = oracle('clip-vit-tiny');

interface TinySizes {
  readonly embed_dim: number;
  readonly image_size: number;
  readonly patch_size: number;
  readonly vision_width: number;
  readonly vision_heads: number;
  readonly vision_layers: number;
  readonly text_width: number;
  readonly text_heads: number;
  readonly text_layers: number;
  readonly context_length: number;
  readonly vocab_size: number;
  readonly batch: number;
  readonly activation: Activation;
}

const sizes = tiny.json('config.json') as TinySizes;

describe('CLIP with ViT towers, against the original implementation', () => {
  it('gives the image features', () => {
    const { image } = build(sizes.activation);
    tiny.expectClose(value(image.features), 'forward', 'image_features');
  });

  it('gives the text features', () => {
    const { text } = build(sizes.activation);
    tiny.expectClose(value(text.features), 'forward', 'text_features');
  });

  it('does not look past the end token', () => {
    const { text } = build(sizes.activation);
    const padded = value(text.features, 'tokens_eot_padded');
    tiny.expectClose(padded, 'forward', 'text_features');
  });

  it('gives the features with exact GELU', () => {
    const { image, text } = build('gelu');
    tiny.expectClose(value(image.features), 'forward', 'image_features_erf_gelu');
    tiny.expectClose(value(text.features), 'forward', 'text_features_erf_gelu');
  });

  it('taps what every block computes', () => {
    const { image, text } = build(sizes.activation);
    tiny.expectClose(value(tap(image.taps, 'norm_pre')), 'taps', 'vision.hidden.0');
    tiny.expectClose(value(tap(text.taps, 'embedded')), 'taps', 'text.hidden.0');
    for (let layer = 0; layer < sizes.vision_layers; layer++) {
      tiny.expectClose(value(tap(image.taps, `blocks.${layer}`)), 'taps', `vision.hidden.${layer + 1}`);
      tiny.expectClose(value(tap(image.taps, `blocks.${layer}.attention`)), 'taps', `vision.attention.${layer}`);
    }
    for (let layer = 0; layer < sizes.text_layers; layer++) {
      tiny.expectClose(value(tap(text.taps, `blocks.${layer}`)), 'taps', `text.hidden.${layer + 1}`);
      const first = firstRow(value(tap(text.taps, `blocks.${layer}.attention`)));
      tiny.expectClose(first, 'taps', `text.attention.${layer}.row0`);
    }
    tiny.expectClose(value(tap(image.taps, 'pooled')), 'taps', 'vision.pooled');
    tiny.expectClose(value(tap(text.taps, 'pooled')), 'taps', 'text.pooled');
  });

  it('taps tokens that the last norm and the projection finish', () => {
    const { context, image, text } = build(sizes.activation);
    const normed = layerNorm(context, 'image.norm_post', tap(image.taps, 'tokens'));
    const dense = project(context, 'image.projection', rows(normed), sizes.embed_dim);
    const [n, tokens] = context.builder.shape(normed);
    const shape = [n ?? 1, tokens ?? 1, sizes.embed_dim];
    tiny.expectClose(value(context.builder.add('reshape', [dense], { shape })), 'taps', 'vision.dense');
    tiny.expectClose(value(layerNorm(context, 'text.norm_final', tap(text.taps, 'tokens'))), 'taps', 'text.final');

    function rows(node: NodeId): NodeId {
      const count = elementCount(context.builder.shape(node)) / sizes.vision_width;
      return context.builder.add('reshape', [node], { shape: [count, sizes.vision_width] });
    }
  });

  it('sends the gradient of the contrastive loss to every tensor', () => {
    const { context, image, text } = build(sizes.activation);
    const loss = contrastiveLoss(context, image.features, text.features);
    const graph = { name: 'tiny', nodes: context.builder.nodes, outputs: [] };
    const paths = new Map([...context.parameters].map(([path, { node }]) => [`clip.${path}`, node]));
    const { graph: differentiated, gradients } = differentiate(graph, loss, [...paths.values()]);
    const values = evaluateNodes(differentiated, feeds(), gradients.values(), { precision: 'f64' });
    for (const [name, weight] of tiny.tensors('weights.openai')) {
      const gradient = gradients.get(paths.get(`clip.${clipxPath(name)}`) ?? -1);
      const got = values.get(gradient ?? -1) ?? expect.fail(`no gradient of ${name}`);
      tiny.expectClose(weight.shape.length === 4 ? toOihw(got) : got, 'grads', name);
    }
  });

  it('takes texts shorter than its context', () => {
    const ids = tiny.tensor('inputs', 'tokens');
    const length = Math.max(...ends(ids)) + 1;
    // One row of the fixture fills the context, so leave out the rows that do.
    const kept = ends(ids).flatMap((end, row) => (end < length - 1 ? [row] : []));
    const short = Math.max(...kept.map((row) => ends(ids)[row] ?? 0)) + 1;
    const cut = kept.flatMap((row) => [
      ...ids.data.subarray(row * sizes.context_length, row * sizes.context_length + short),
    ]);
    const builder = new GraphBuilder('short');
    const context = new DeclaringContext(builder, 'clip', () => false);
    const tokens = builder.add('input', [], { name: 'short', dtype: 'i32', shape: [kept.length, short] });
    const end = builder.add('input', [], { name: 'shortEnd', dtype: 'i32', shape: [kept.length] });
    const { features } = clipText(context, '', tokens, end, config(sizes.activation));
    const got = evaluateNodes(
      { name: 'short', nodes: builder.nodes, outputs: [] },
      {
        ...weights(),
        short: { dtype: 'i32', shape: [kept.length, short], data: Int32Array.from(cut) },
        shortEnd: { dtype: 'i32', shape: [kept.length], data: Int32Array.from(kept, (row) => ends(ids)[row] ?? 0) },
      },
      [features],
    ).get(features);
    const expected = tiny.tensor('forward', 'text_features');
    for (const [position, row] of kept.entries()) {
      for (let at = 0; at < sizes.embed_dim; at++) {
        const wanted = expected.data[row * sizes.embed_dim + at] ?? Number.NaN;
        expect(got?.data[position * sizes.embed_dim + at]).toBeCloseTo(wanted, 4);
      }
    }
  });

  it('declares exactly the tensors of the checkpoint', () => {
    const { context } = build(sizes.activation);
    const declared = [...context.parameters].map(([path, { shape }]) => `clip.${path} [${shape.join(',')}]`);
    const stored = Object.entries(weights()).map(([name, { shape }]) => `${name} [${shape.join(',')}]`);
    expect(declared.toSorted()).toEqual(stored.toSorted());
  });
});

describe('CLIP at the published size', () => {
  it('has as many tensors and parameters as ViT-B/32', () => {
    const { context } = published();
    const sum = (prefix: string): number =>
      [...context.parameters].reduce((count, [path, { shape }]) => (path.startsWith(prefix) ? count + elementCount(shape) : count), 0); // prettier-ignore
    expect(context.parameters.size).toBe(302);
    expect(sum('')).toBe(151_277_313);
    expect(sum('image.')).toBe(87_849_216);
  });

  it('starts as the original does', () => {
    const { context } = published();
    const deviation = (path: string): number => {
      const init = context.parameters.get(path)?.init;
      return init?.kind === 'normal' ? init.deviation : Number.NaN;
    };
    expect(deviation('text.tokens')).toBe(0.02);
    expect(deviation('text.positions')).toBe(0.01);
    expect(deviation('text.blocks.11.attention.in.weight')).toBeCloseTo(512 ** -0.5, 12);
    expect(deviation('text.blocks.11.attention.out.weight')).toBeCloseTo(512 ** -0.5 * 24 ** -0.5, 12);
    expect(deviation('text.blocks.11.mlp.in.weight')).toBeCloseTo(1024 ** -0.5, 12);
    expect(deviation('text.blocks.11.mlp.out.weight')).toBeCloseTo(512 ** -0.5 * 24 ** -0.5, 12);
    expect(deviation('text.projection')).toBeCloseTo(512 ** -0.5, 12);
    expect(deviation('image.class')).toBeCloseTo(768 ** -0.5, 12);
    expect(deviation('image.positions')).toBeCloseTo(768 ** -0.5, 12);
    expect(deviation('image.projection')).toBeCloseTo(768 ** -0.5, 12);
    expect(context.parameters.get('logit_scale')).toMatchObject({
      shape: [],
      init: { kind: 'constant', value: Math.log(1 / 0.07) },
      options: { decay: false },
    });
  });
});

// ── the published model ──────────────────────────────────────────────

function published(): { context: DeclaringContext } {
  const model: ClipConfig = {
    kind: 'clip',
    joint: 512,
    image: {
      kind: 'vit',
      size: 224,
      patch: 32,
      width: 768,
      layers: 12,
      heads: 12,
      activation: 'quick_gelu',
      statistics: clipStatistics,
    },
    text: {
      kind: 'text_transformer',
      context: 77,
      vocabulary: 49_408,
      width: 512,
      layers: 12,
      heads: 8,
      activation: 'quick_gelu',
      tokenizer: './tokenizer.json',
    },
  };
  const builder = new GraphBuilder('published');
  const context = new DeclaringContext(builder, 'clip', () => true);
  clipImage(context, '', builder.add('input', [], { name: 'image', dtype: 'u8', shape: [1, 224, 224, 3] }), model);
  const ids = builder.add('input', [], { name: 'ids', dtype: 'i32', shape: [1, 77] });
  clipText(context, '', ids, builder.add('input', [], { name: 'end', dtype: 'i32', shape: [1] }), model);
  clipLogitScale(context, '');
  return { context };
}

// ── the tiny model ───────────────────────────────────────────────────

interface Model {
  readonly context: DeclaringContext;
  readonly image: TowerResult;
  readonly text: TowerResult;
}

let built: { readonly activation: Activation; readonly model: Model } | undefined;

function build(activation: Activation): Model {
  if (built?.activation === activation) return built.model;
  const builder = new GraphBuilder('tiny');
  const context = new DeclaringContext(builder, 'clip', () => false);
  const { batch, image_size: size, context_length: length } = sizes;
  const pixels = builder.add('input', [], { name: 'images', dtype: 'f32', shape: [batch, size, size, 3] });
  const ids = builder.add('input', [], { name: 'tokens', dtype: 'i32', shape: [batch, length] });
  const end = builder.add('input', [], { name: 'ends', dtype: 'i32', shape: [batch] });
  const image = clipImage(context, '', pixels, config(activation));
  const text = clipText(context, '', ids, end, config(activation));
  clipLogitScale(context, '');
  const model = { context, image, text };
  built = { activation, model };
  return model;
}

function config(activation: Activation): ClipConfig {
  return {
    kind: 'clip',
    joint: sizes.embed_dim,
    // The fixture's images are normalised already.
    image: {
      kind: 'vit',
      size: sizes.image_size,
      patch: sizes.patch_size,
      width: sizes.vision_width,
      layers: sizes.vision_layers,
      heads: sizes.vision_heads,
      activation,
      statistics: plainStatistics,
    },
    text: {
      kind: 'text_transformer',
      context: sizes.context_length,
      vocabulary: sizes.vocab_size,
      width: sizes.text_width,
      layers: sizes.text_layers,
      heads: sizes.text_heads,
      activation,
      tokenizer: './tokenizer.json',
    },
  };
}

/** A node of the graph built last, on the fixture's inputs. */
function value(node: NodeId, tokens = 'tokens'): TensorData {
  const { builder } = built?.model.context ?? expect.fail('no graph yet');
  const graph = { name: builder.name, nodes: builder.nodes, outputs: [] };
  return evaluateNodes(graph, feeds(tokens), [node]).get(node) ?? expect.fail('nothing computed');
}

function feeds(tokens = 'tokens'): Record<string, TensorData> {
  return {
    ...weights(),
    images: toNhwc(tiny.tensor('inputs', 'images')),
    tokens: tiny.tensor('inputs', tokens),
    ends: { dtype: 'i32', shape: [sizes.batch], data: Int32Array.from(ends(tiny.tensor('inputs', 'tokens'))) },
  };
}

/** Symmetric InfoNCE on cosines times exp(logit_scale): the mean over both directions of −log softmax at the true pair. */
function contrastiveLoss(context: DeclaringContext, image: NodeId, text: NodeId): NodeId {
  const m = new Arithmetic(context.builder);
  const unit = (x: NodeId): NodeId => m.div(x, m.unary('sqrt', m.sum(m.square(x), [1], true)));
  const logits = m.mul(m.matmul(unit(image), unit(text), false, true), m.unary('exp', clipLogitScale(context, '')));
  const identity = m.op('one_hot', [m.op('iota', [], { shape: [sizes.batch], axis: 0 })], { depth: sizes.batch });
  const direction = (axis: number): NodeId =>
    m.sum(m.mul(m.op('log_softmax', [logits], { axis }), identity), [0, 1], false);
  return m.scale(m.add(direction(0), direction(1)), -1 / (2 * sizes.batch));
}

/** OpenAI's rule: the largest id of a row is its end token. */
function ends(ids: TensorData): number[] {
  const [rows = 0, length = 0] = ids.shape;
  return Array.from({ length: rows }, (_, row) => {
    const own = [...ids.data.subarray(row * length, (row + 1) * length)];
    return own.indexOf(Math.max(...own));
  });
}

function tap(taps: ReadonlyMap<string, NodeId>, name: string): NodeId {
  return taps.get(name) ?? expect.fail(`no tap ${name} among ${[...taps.keys()].join(', ')}`);
}

function firstRow(tensor: TensorData): TensorData {
  const shape = [1, ...tensor.shape.slice(1)];
  return { dtype: tensor.dtype, shape, data: tensor.data.slice(0, elementCount(shape)) };
}

function weights(): Record<string, TensorData> {
  const entries = [...tiny.tensors('weights.openai')];
  return Object.fromEntries(
    entries.map(([name, tensor]) => [`clip.${clipxPath(name)}`, tensor.shape.length === 4 ? toHwio(tensor) : tensor]),
  );
}

/** OpenAI's name of a tensor in clipx's words. */
function clipxPath(name: string): string {
  const vision = name.startsWith('visual.');
  if (name === 'logit_scale') return name;
  if (name === 'text_projection') return 'text.projection';
  const inner = name
    .replace(/^visual\./, '')
    .replace(/^transformer\.resblocks/, 'blocks')
    .replace('conv1.', 'patches.')
    .replace('class_embedding', 'class')
    .replace('token_embedding.weight', 'tokens')
    .replace('positional_embedding', 'positions')
    .replace(/^proj$/, 'projection')
    .replace(/ln_(1|2)\.(weight|bias)/, 'norm$1.$2')
    .replace(/ln_(pre|post|final)\./, 'norm_$1.')
    .replace('attn.in_proj_', 'attention.in.')
    .replace('attn.out_proj', 'attention.out')
    .replace('mlp.c_fc', 'mlp.in')
    .replace('mlp.c_proj', 'mlp.out')
    .replace(/(norm[^.]*)\.weight$/, '$1.scale');
  return `${vision ? 'image' : 'text'}.${inner}`;
}
