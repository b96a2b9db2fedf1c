import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../../src/compiler/differentiate/differentiate.ts';
import { DeclaringContext } from '../../../../src/compiler/elaborate/layers/declaring-context.ts';
import { imageTap } from '../../../../src/compiler/elaborate/layers/image-tap.ts';
import { evaluateNodes } from '../../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, type NodeId } from '../../../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../../../src/compiler/ir/tensor-data.ts';
import { plainStatistics, type ModifiedResnetConfig } from '../../../../src/compiler/types/model-config.ts';
import { toHwio, toNchw, toNhwc, toOihw } from '../../../support/layout.ts';
import { oracle } from '../../../support/oracles.ts';

const tiny = oracle('clip-rn-tiny');

interface TinySizes {
  readonly layers: readonly number[];
  readonly width: number;
  readonly heads: number;
  readonly image_size: number;
  readonly embed_dim: number;
}

const sizes = tiny.json('config.json') as TinySizes;
const config: ModifiedResnetConfig = {
  kind: 'modified_resnet', size: sizes.image_size, width: sizes.width, blocks: sizes.layers, heads: sizes.heads, statistics: plainStatistics,
}; // prettier-ignore

/** clipx's path of a tensor in OpenAI's names: `visual.layer1.0.downsample.0.weight` is `image.stage1.0.shortcut.conv.weight`. */
function clipxPath(name: string): string {
  const leaf: Readonly<Record<string, string>> = { running_mean: 'mean', running_var: 'variance' };
  return name
    .replace(/^visual\./, 'image.')
    .replace(/^image\.attnpool\.positional_embedding/, 'image.pool.positions')
    .replace(
      /^image\.attnpool\.([qkv])_proj/,
      (_, part: string) => `image.pool.${{ q: 'query', k: 'key', v: 'value' }[part] ?? part}`,
    ) // prettier-ignore
    .replace(/^image\.attnpool\.c_proj/, 'image.pool.out')
    .replace(/^image\.conv/, 'image.stem.conv')
    .replace(/^image\.bn/, 'image.stem.bn')
    .replace(/^image\.layer/, 'image.stage')
    .replace('downsample.0', 'shortcut.conv')
    .replace('downsample.1', 'shortcut.bn')
    .replace(/\.bn(\d*)\.weight/, '.norm$1.scale')
    .replace(/\.bn(\d*)/, '.norm$1')
    .replace(/running_mean|running_var/, (part) => leaf[part] ?? part);
}

function scratch(training: boolean) {
  const builder = new GraphBuilder('tiny');
  const context = new DeclaringContext(builder, 'clip', () => training);
  const images = toNhwc(tiny.tensor('inputs', 'images'));
  const image = builder.add('input', [], { name: 'images', dtype: 'f32', shape: images.shape });
  const at = (tap: string): NodeId => imageTap({ context, path: 'image', image, config, tap, joint: sizes.embed_dim });
  const feeds = (): Record<string, TensorData> => ({
    images,
    ...Object.fromEntries(
      [...tiny.tensors('weights.openai')]
        .filter(([name]) => !name.endsWith('num_batches_tracked'))
        .map(([name, tensor]) => [`clip.${clipxPath(name)}`, tensor.shape.length === 4 ? toHwio(tensor) : tensor]),
    ),
  });
  const value = (node: NodeId): TensorData => {
    const graph = { name: 'tiny', nodes: builder.nodes, outputs: [] };
    return evaluateNodes(graph, feeds(), [node], { precision: 'f64' }).get(node) ?? expect.fail('nothing computed');
  };
  return { builder, context, at, feeds, value };
}

describe('the ResNet of CLIP, against the original implementation', () => {
  it('gives the features and the map after every stage', () => {
    const { at, value } = scratch(false);
    tiny.expectClose(value(at('')), 'eval.forward', 'features');
    for (const stage of [1, 2, 3, 4]) tiny.expectClose(toNchw(value(at(`stage.${stage}`))), 'eval.forward', `x${stage}`); // prettier-ignore
  });

  it('gives every token of the attention pool, mixed and by values alone', () => {
    const { at, value } = scratch(false);
    tiny.expectClose(value(at('tokens')), 'eval.forward', 'dense_attention');
    const values = tiny.tensor('eval.forward', 'dense_value_only');
    const map = value(at('map.value'));
    const [n = 1, height = 1, width = 1, joint = 1] = map.shape;
    for (let row = 0; row < n; row++)
      for (let place = 0; place < height * width; place++)
        for (let at = 0; at < joint; at++)
          expect(map.data[(row * height * width + place) * joint + at]).toBeCloseTo(values.data[(row * (height * width + 1) + place + 1) * joint + at] ?? Number.NaN, 4); // prettier-ignore
  });

  it('trains: statistics of the batch, gradients of every tensor, running statistics moved', () => {
    const { builder, context, at, feeds } = scratch(true);
    const features = at('');
    const direction = tiny.tensor('inputs', 'direction');
    const weights = builder.add('constant', [], { dtype: 'f32', shape: direction.shape, values: [...direction.data] });
    const loss = builder.add('reduce_sum', [builder.add('mul', [features, weights], {})], { axes: [0, 1], keep: false }); // prettier-ignore
    const graph = { name: 'tiny', nodes: builder.nodes, outputs: [] };
    const tensors = [...context.parameters].filter(([, { options }]) => options.role !== 'buffer');
    const { graph: differentiated, gradients } = differentiate(graph, loss, tensors.map(([, { node }]) => node)); // prettier-ignore
    const wanted = [features, ...gradients.values(), ...context.bufferUpdates.values()];
    const values = evaluateNodes(differentiated, feeds(), wanted, { precision: 'f64' });
    const got = (node: NodeId | undefined): TensorData => values.get(node ?? -1) ?? expect.fail('nothing computed');
    tiny.expectClose(got(features), 'train.forward', 'features');
    for (const [name, weight] of tiny.tensors('train.grads')) {
      const gradient = got(gradients.get(context.parameters.get(clipxPath(name))?.node ?? -1));
      tiny.expectClose(weight.shape.length === 4 ? toOihw(gradient) : gradient, 'train.grads', name);
    }
    for (const [name] of tiny.tensors('train.buffers')) {
      if (name.endsWith('num_batches_tracked')) continue;
      tiny.expectClose(got(context.bufferUpdates.get(clipxPath(name))), 'train.buffers', name);
    }
  });
});
