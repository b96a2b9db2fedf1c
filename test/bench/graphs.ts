import { differentiate } from '../../src/compiler/differentiate/differentiate.ts';
import { Arithmetic } from '../../src/compiler/ir/arithmetic.ts';
import { GraphBuilder, type Graph, type NodeId } from '../../src/compiler/ir/graph.ts';
import type { Shape } from '../../src/compiler/types/dtype.ts';

/** A training step's graph (loss and gradients out), and how its inputs are drawn. */
export interface BenchGraph {
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: readonly BenchInput[];
}

export interface BenchInput {
  readonly name: string;
  readonly dtype: 'f32' | 'i32';
  readonly shape: Shape;
  /** Standard deviation of numbers, exclusive bound of indices. */
  readonly spread: number;
}

/** Collects parameters and data while a step is being built, then differentiates it. */
class StepBuilder {
  readonly builder: GraphBuilder;
  readonly m: Arithmetic;
  readonly inputs: BenchInput[] = [];
  readonly parameters: { readonly name: string; readonly node: NodeId }[] = [];

  constructor(name: string) {
    this.builder = new GraphBuilder(name);
    this.m = new Arithmetic(this.builder);
  }

  data(name: string, dtype: 'f32' | 'i32', shape: Shape, spread: number): NodeId {
    this.inputs.push({ name, dtype, shape, spread });
    return this.builder.add('input', [], { name, dtype, shape });
  }

  parameter(name: string, shape: Shape, spread: number): NodeId {
    const node = this.data(name, 'f32', shape, spread);
    this.parameters.push({ name, node });
    return node;
  }

  linear(name: string, x: NodeId, inputs: number, outputs: number): NodeId {
    const weight = this.parameter(`${name}.weight`, [outputs, inputs], 1 / Math.sqrt(inputs));
    const bias = this.parameter(`${name}.bias`, [outputs], 0.01);
    return this.m.add(this.m.matmul(x, weight, false, true), bias);
  }

  norm(name: string, x: NodeId, width: number): NodeId {
    const scale = this.parameter(`${name}.scale`, [width], 1);
    const bias = this.parameter(`${name}.bias`, [width], 0.01);
    return this.m.op('layer_norm', [x, scale, bias], { epsilon: 1e-5 });
  }

  /** A pre-norm transformer block on `[batch, tokens, width]`. */
  block(name: string, x: NodeId, heads: number, mask: NodeId | undefined): NodeId {
    const { m } = this;
    const [batch = 1, tokens = 1, width = 1] = m.shape(x);
    const size = width / heads;
    const joint = this.linear(`${name}.qkv`, this.norm(`${name}.norm1`, x, width), width, 3 * width);
    const split = m.transpose(m.reshape(joint, [batch, tokens, 3, heads, size]), [2, 0, 3, 1, 4]);
    const part = (at: number): NodeId => {
      const slice = { starts: [at, 0, 0, 0, 0], sizes: [1, batch, heads, tokens, size] };
      return m.reshape(m.op('slice', [split], slice), [batch, heads, tokens, size]);
    };
    const scores = m.scale(m.matmul(part(0), part(1), false, true), 1 / Math.sqrt(size));
    const masked = mask === undefined ? scores : m.add(scores, mask);
    const attended = m.matmul(m.op('softmax', [masked], { axis: 3 }), part(2), false, false);
    const merged = m.reshape(m.transpose(attended, [0, 2, 1, 3]), [batch, tokens, width]);
    const first = m.add(x, this.linear(`${name}.proj`, merged, width, width));
    const hidden = this.linear(`${name}.up`, this.norm(`${name}.norm2`, first, width), width, 4 * width);
    return m.add(first, this.linear(`${name}.down`, m.unary('gelu', hidden), 4 * width, width));
  }

  /** Symmetric InfoNCE over `[batch, width]` embeddings with a learned log scale. */
  contrast(a: NodeId, b: NodeId): NodeId {
    const { m } = this;
    const [batch = 1] = m.shape(a);
    const unit = (x: NodeId): NodeId => m.div(x, m.unary('sqrt', m.sum(m.square(x), [1], true)));
    const scale = m.unary('exp', this.parameter('scale', [], 1));
    const logits = m.mul(m.matmul(unit(a), unit(b), false, true), scale);
    const diagonal = m.binary(
      'eq',
      m.op('iota', [], { shape: [batch, batch], axis: 0 }),
      m.op('iota', [], { shape: [batch, batch], axis: 1 }),
    );
    const entropy = (axis: number): NodeId => {
      const hits = m.where(diagonal, m.op('log_softmax', [logits], { axis }));
      return m.scale(m.sum(hits, [0, 1], false), -1 / batch);
    };
    return m.scale(m.add(entropy(0), entropy(1)), 0.5);
  }

  finish(loss: NodeId): BenchGraph {
    const forward = this.builder.finish();
    const nodes = this.parameters.map(({ node }) => node);
    const { graph, gradients } = differentiate(forward, loss, nodes);
    const outputs = this.parameters.flatMap(({ name, node }) => {
      const gradient = gradients.get(node);
      return gradient === undefined ? [] : [{ name: `gradient ${name}`, node: gradient }];
    });
    const named = { ...graph, outputs: [{ name: 'loss', node: loss }, ...outputs] };
    return { name: forward.name, graph: named, inputs: this.inputs };
  }
}

/** P3 of the measurements: two MLPs of ten linear layers 512 → 1024 … 1024 → 512 with ReLU under InfoNCE, batch 256. */
export function twoPerceptrons(batch = 256, inner = 1024, depth = 10): BenchGraph {
  const step = new StepBuilder('P3 two MLPs');
  const tower = (name: string): NodeId => {
    let x = step.data(name, 'f32', [batch, 512], 1);
    let width = 512;
    for (let layer = 0; layer < depth; layer++) {
      const isLast = layer + 1 === depth;
      const next = isLast ? 512 : inner;
      x = step.linear(`${name}.${layer}`, x, width, next);
      if (!isLast) x = step.m.unary('relu', x);
      width = next;
    }
    return x;
  };
  return step.finish(step.contrast(tower('a'), tower('b')));
}

/** P2: image ViT (64 px, patch 8, width 256, 6 layers, 4 heads) and causal text transformer (32 tokens of 8,192, 4 layers). */
export function dualEncoder(batch = 64): BenchGraph {
  const step = new StepBuilder('P2 dual encoder');
  const { m } = step;
  const width = 256;

  const pixels = step.data('pixels', 'f32', [batch, 64, 64, 3], 1);
  const filter = step.parameter('image.patch', [8, 8, 3, width], 1 / Math.sqrt(192));
  const convolution = { stride: [8, 8], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 } as const;
  const patches = m.reshape(m.op('conv2d', [pixels, filter], convolution), [batch, 64, width]);
  const mark = m.broadcast(step.parameter('image.class', [1, 1, width], 0.02), [batch, 1, width]);
  const imagePositions = step.parameter('image.positions', [65, width], 0.02);
  let image = m.add(m.op('concat', [mark, patches], { axis: 1 }), imagePositions);
  for (let layer = 0; layer < 6; layer++) image = step.block(`image.${layer}`, image, 4, undefined);
  const first = m.reshape(m.op('slice', [image], { starts: [0, 0, 0], sizes: [batch, 1, width] }), [batch, width]);
  const imageEmbedding = m.matmul(
    step.norm('image.norm', first, width),
    step.parameter('image.project', [width, width], 1 / 16),
    false,
    false,
  );

  const tokens = step.data('tokens', 'i32', [batch, 32], 8192);
  const table = step.parameter('text.tokens', [8192, width], 0.02);
  const textPositions = step.parameter('text.positions', [32, width], 0.02);
  const causal = m.op('select', [
    m.binary('ge', m.op('iota', [], { shape: [32, 32], axis: 0 }), m.op('iota', [], { shape: [32, 32], axis: 1 })),
    m.number(0),
    m.number(-1e9),
  ], {}); // prettier-ignore
  let text = m.add(m.op('gather', [table, tokens], { axis: 0 }), textPositions);
  for (let layer = 0; layer < 4; layer++) text = step.block(`text.${layer}`, text, 4, causal);
  const last = m.reshape(m.op('slice', [text], { starts: [0, 31, 0], sizes: [batch, 1, width] }), [batch, width]);
  const textEmbedding = m.matmul(
    step.norm('text.norm', last, width),
    step.parameter('text.project', [width, width], 1 / 16),
    false,
    false,
  );
  return step.finish(step.contrast(imageEmbedding, textEmbedding));
}

/** P4: ResNet-18 with batch statistics (64 px, 7×7 stem, max-pool), 100 classes, cross-entropy. */
export function residualNetwork(batch = 32, size = 64): BenchGraph {
  const step = new StepBuilder('P4 ResNet-18');
  const { m } = step;
  const convolution = (name: string, x: NodeId, outputs: number, taps: number, stride: number): NodeId => {
    const inputs = m.shape(x)[3] ?? 1;
    const filter = step.parameter(name, [taps, taps, inputs, outputs], Math.sqrt(2 / (taps * taps * inputs)));
    const side = Math.floor(taps / 2);
    const attributes = {
      stride: [stride, stride],
      padding: [side, side, side, side],
      dilation: [1, 1],
      groups: 1,
    } as const;
    return m.op('conv2d', [x, filter], attributes);
  };
  const norm = (name: string, x: NodeId): NodeId => {
    const channels = m.shape(x)[3] ?? 1;
    const axes = [0, 1, 2];
    const mean = m.op('moment_mean', [x], { axes });
    const rstd = m.op('moment_rstd', [x], { axes, epsilon: 1e-5 });
    const scale = step.parameter(`${name}.scale`, [channels], 1);
    return m.op('batch_norm', [x, mean, rstd, scale, step.parameter(`${name}.bias`, [channels], 0.01)], {});
  };
  const block = (name: string, x: NodeId, outputs: number, stride: number): NodeId => {
    const first = m.unary('relu', norm(`${name}.norm1`, convolution(`${name}.conv1`, x, outputs, 3, stride)));
    const second = norm(`${name}.norm2`, convolution(`${name}.conv2`, first, outputs, 3, 1));
    const isSame = stride === 1 && m.shape(x)[3] === outputs;
    const short = isSame ? x : norm(`${name}.norm3`, convolution(`${name}.short`, x, outputs, 1, stride));
    return m.unary('relu', m.add(second, short));
  };
  const pixels = step.data('pixels', 'f32', [batch, size, size, 3], 1);
  const stem = m.unary('relu', norm('stem.norm', convolution('stem', pixels, 64, 7, 2)));
  let x = m.op('max_pool', [stem], { window: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] });
  for (const [stage, outputs] of [64, 128, 256, 512].entries()) {
    x = block(`${stage}.0`, x, outputs, stage === 0 ? 1 : 2);
    x = block(`${stage}.1`, x, outputs, 1);
  }
  const [, height = 1, width = 1] = m.shape(x);
  const pooled = m.scale(m.sum(x, [1, 2], false), 1 / (height * width));
  const logits = step.linear('head', pooled, 512, 100);
  const labels = step.data('labels', 'i32', [batch], 100);
  const hits = m.mul(m.op('one_hot', [labels], { depth: 100 }), m.op('log_softmax', [logits], { axis: 1 }));
  return step.finish(m.scale(m.sum(hits, [0, 1], false), -1 / batch));
}
