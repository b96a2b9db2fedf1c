import { describe, expect, it } from 'vitest';
import { imagenetStatistics, plainStatistics } from '../../../../src/compiler/types/model-config.ts';
import { DeclaringContext } from '../../../../src/compiler/elaborate/layers/declaring-context.ts';
import { towerOutputWidth } from '../../../../src/compiler/elaborate/layers/image-tower.ts';
import { linear } from '../../../../src/compiler/elaborate/layers/linear.ts';
import { resnet } from '../../../../src/compiler/elaborate/layers/resnet.ts';
import { differentiate } from '../../../../src/compiler/differentiate/differentiate.ts';
import { Arithmetic } from '../../../../src/compiler/ir/arithmetic.ts';
import { evaluateNodes } from '../../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, type NodeId } from '../../../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../../../src/compiler/ir/tensor-data.ts';
import { elementCount } from '../../../../src/compiler/types/dtype.ts';
import { toHwio, toNchw, toNhwc, toOihw } from '../../../support/layout.ts';
import { oracle } from '../../../support/oracles.ts';

const backbones = oracle('backbones');
const sizes = backbones.json('config.json') as {
  readonly width: number;
  readonly classes: number;
  readonly image_size: number;
  readonly batch: number;
};

describe('ResNet-18 against torchvision', () => {
  it.each(['eval', 'train'] as const)('computes every stage in %s mode', (mode) => {
    const { taps, features, logits } = narrow(mode === 'train');
    for (const stage of ['stem', 'layer1', 'layer2', 'layer3', 'layer4']) {
      const node = taps.get(stage.replace('layer', 'stage')) ?? expect.fail(`no tap ${stage}`);
      backbones.expectClose(toNchw(value(node)), `${mode}.forward`, stage);
    }
    backbones.expectClose(value(features), `${mode}.forward`, 'pooled');
    backbones.expectClose(value(logits), `${mode}.forward`, 'logits');
  });

  it.each(['eval', 'train'] as const)('sends the gradient of the cross-entropy back in %s mode', (mode) => {
    const { context, logits, image } = narrow(mode === 'train');
    const m = new Arithmetic(builder);
    const labels = builder.add('input', [], { name: 'labels', dtype: 'i32', shape: [sizes.batch] });
    const target = m.op('one_hot', [labels], { depth: sizes.classes });
    const picked = m.mul(m.op('log_softmax', [logits], { axis: 1 }), target);
    const loss = m.scale(m.sum(picked, [0, 1], false), -1 / sizes.batch);
    backbones.expectClose(value(loss), `${mode}.forward`, 'loss');

    const graph = { name: 'narrow', nodes: builder.nodes, outputs: [] };
    const nodes = new Map([...context.parameters].map(([path, { node }]) => [path, node]));
    const { graph: differentiated, gradients } = differentiate(graph, loss, [image, ...nodes.values()]);
    const values = evaluateNodes(differentiated, feeds(), gradients.values(), { precision: 'f64' });
    const gradient = (node: NodeId | undefined): TensorData =>
      values.get(gradients.get(node ?? -1) ?? -1) ?? expect.fail('no gradient');
    backbones.expectClose(toNchw(gradient(image)), `${mode}.forward`, 'image_grad');
    if (mode === 'eval') return;
    for (const [name, { shape }] of backbones.tensors('train.grads')) {
      const got = gradient(nodes.get(clipxPath(name)));
      backbones.expectClose(shape.length === 4 ? toOihw(got) : got, 'train.grads', name);
    }
  });

  it('moves the running statistics where it trains, with the unbiased variance', () => {
    const { context } = narrow(true);
    const expected = [...backbones.tensors('train.buffers').keys()].filter((name) => name.includes('running'));
    expect([...context.bufferUpdates.keys()].toSorted()).toEqual(expected.map(clipxPath).toSorted());
    for (const name of expected) {
      const node = context.bufferUpdates.get(clipxPath(name)) ?? expect.fail(`no update of ${name}`);
      backbones.expectClose(value(node), 'train.buffers', name);
    }
  });

  it('leaves them alone where it does not', () => {
    expect(narrow(false).context.bufferUpdates.size).toBe(0);
  });

  it('declares exactly the tensors of the checkpoint', () => {
    const { context } = narrow(true);
    const declared = [...context.parameters].map(([path, { shape }]) => `E.${path} [${shape.join(',')}]`);
    const stored = Object.entries(weights()).map(([name, { shape }]) => `${name} [${shape.join(',')}]`);
    expect(declared.toSorted()).toEqual(stored.toSorted());
  });
});

describe('the published ResNets', () => {
  // torchvision's totals less the 1000-way classifier (513,000 and for ResNet-50 2,049,000).
  it.each([
    [18, 11_176_512, 512],
    [34, 21_284_672, 512],
    [50, 23_508_032, 2048],
  ] as const)('ResNet-%i has %i parameters and %i features', (depth, count, width) => {
    const config = { kind: 'resnet', depth, width: 64, statistics: imagenetStatistics } as const;
    const builder = new GraphBuilder('published');
    const context = new DeclaringContext(builder, 'E', () => true);
    const image = builder.add('input', [], { name: 'image', dtype: 'u8', shape: [2, 224, 224, 3] });
    const { features } = resnet(context, '', image, config);
    let total = 0;
    for (const { shape, options } of context.parameters.values()) {
      if (options.role !== 'buffer') total += elementCount(shape);
    }
    expect(total).toBe(count);
    expect(builder.shape(features)).toEqual([2, width]);
    expect(towerOutputWidth(config)).toBe(width);
  });
});

// ── the narrow model ─────────────────────────────────────────────────

interface Model {
  readonly context: DeclaringContext;
  readonly image: NodeId;
  readonly taps: ReadonlyMap<string, NodeId>;
  readonly features: NodeId;
  readonly logits: NodeId;
}

let builder: GraphBuilder;

function narrow(training: boolean): Model {
  builder = new GraphBuilder('narrow');
  const context = new DeclaringContext(builder, 'E', () => training);
  const { batch, image_size: size, width, classes } = sizes;
  const image = builder.add('input', [], { name: 'images', dtype: 'f32', shape: [batch, size, size, 3] });
  const { features, taps } = resnet(context, '', image, {
    kind: 'resnet',
    depth: 18,
    width,
    statistics: plainStatistics,
  });
  return { context, image, taps, features, logits: linear(context, 'head', features, { output: classes }) };
}

function value(node: NodeId): TensorData {
  const graph = { name: builder.name, nodes: builder.nodes, outputs: [] };
  return evaluateNodes(graph, feeds(), [node], { precision: 'f64' }).get(node) ?? expect.fail('nothing computed');
}

function feeds(): Record<string, TensorData> {
  const images = toNhwc(backbones.tensor('inputs', 'images'));
  return { ...weights(), images, labels: backbones.tensor('inputs', 'labels') };
}

function weights(): Record<string, TensorData> {
  const kept = [...backbones.tensors('weights')].filter(([name]) => !name.endsWith('num_batches_tracked'));
  return Object.fromEntries(
    kept.map(([name, tensor]) => [`E.${clipxPath(name)}`, tensor.shape.length === 4 ? toHwio(tensor) : tensor]),
  );
}

/** torchvision's name of a tensor in clipx's words. */
function clipxPath(name: string): string {
  return name
    .replace(/^(conv|bn)1\./, 'stem.$1.')
    .replace('fc.', 'head.')
    .replace('layer', 'stage')
    .replace('downsample.0.', 'shortcut.conv.')
    .replace('downsample.1.', 'shortcut.bn.')
    .replace(/bn(\d?)\./, 'norm$1.')
    .replace(/(norm\d?)\.weight$/, '$1.scale')
    .replace('running_mean', 'mean')
    .replace('running_var', 'variance');
}
