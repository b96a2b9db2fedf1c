/** The ResNet of CLIP and torchvision's on every engine: evaluation and training mode, running statistics, gradients of every tensor. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageTap } from '../../src/compiler/elaborate/layers/image-tap.ts';
import { resnet } from '../../src/compiler/elaborate/layers/resnet.ts';
import { Arithmetic } from '../../src/compiler/ir/arithmetic.ts';
import type { NodeId } from '../../src/compiler/ir/graph.ts';
import { plainStatistics, type ModifiedResnetConfig, type ResnetConfig } from '../../src/compiler/types/model-config.ts'; // prettier-ignore
import { toNchw, toNhwc } from '../support/layout.ts';
import { oracle, oraclesFolder } from '../support/oracles.ts';
import { columns } from './support/columns.ts';
import { expectEach, Tower } from './support/tower.ts';

const counters = /num_batches_tracked$/;

describe.each(columns.map((column) => [column.name, column] as const))('on %s', (_name, column) => {
  const test = it.skipIf(column.isSkipped);

  describe('the ResNet of CLIP', () => {
    const tiny = oracle('clip-rn-tiny');
    const weights = join(oraclesFolder, 'clip-rn-tiny/weights.openai.safetensors');
    const config: ModifiedResnetConfig = { kind: 'modified_resnet', size: 64, width: 8, blocks: [1, 1, 1, 1], heads: 4, output: 32, statistics: plainStatistics }; // prettier-ignore

    test.each(['eval', 'train'] as const)('in %s mode', async (mode) => {
      const tower = new Tower(mode === 'train');
      const { builder, context } = tower;
      const m = new Arithmetic(builder);
      const image = tower.input('images', toNhwc(tiny.tensor('inputs', 'images')));
      const tap = (name: string): NodeId => imageTap({ context, path: '', image, config, tap: name });
      // one pass: in training each would move the running statistics once more
      const features = tap('');
      tower.output('features', features);
      if (mode === 'eval') {
        for (let stage = 1; stage <= 4; stage++) tower.output(`x${stage}`, tap(`stage.${stage}`));
        tower.output('dense_attention', tap('tokens'));
        tower.output('value map', tap('map.value'));
      }
      const loss = m.sum(m.mul(features, tower.input('direction', tiny.tensor('inputs', 'direction'))), [0, 1], false);
      const run = await tower.run(column, weights, loss);
      for (const [name, value] of run) {
        if (name === 'features' || name === 'dense_attention') tiny.expectClose(value, `${mode}.forward`, name);
        else if (/^x\d$/.test(name)) tiny.expectClose(toNchw(value), `${mode}.forward`, name);
      }
      const naming = { id: 'openai_image', prefix: '' } as const;
      expectEach(tiny, `${mode}.grads`, naming, run, 'gradient ');
      if (mode === 'train') expectEach(tiny, 'train.buffers', naming, run, 'buffer ', counters);
    });
  });

  describe('a narrow ResNet-18', () => {
    const narrow = oracle('backbones');
    const weights = join(oraclesFolder, 'backbones/weights.safetensors');
    const config: ResnetConfig = { kind: 'resnet', depth: 18, width: 8, statistics: plainStatistics };

    test.each(['eval', 'train'] as const)('in %s mode', async (mode) => {
      const tower = new Tower(mode === 'train');
      const image = tower.input('images', toNhwc(narrow.tensor('inputs', 'images')));
      const { features, taps } = resnet(tower.context, '', image, config);
      tower.output('pooled', features);
      for (const [name, node] of taps) tower.output(name.replace('stage', 'layer'), node);
      const run = await tower.run(column, weights);
      for (const [name, value] of run) {
        if (name === 'pooled') narrow.expectClose(value, `${mode}.forward`, name);
        else if (!name.startsWith('buffer ')) narrow.expectClose(toNchw(value), `${mode}.forward`, name);
      }
      if (mode === 'train') expectEach(narrow, 'train.buffers', { id: 'torchvision', prefix: '' }, run, 'buffer ', counters); // prettier-ignore
    });

    test('gradients of the loss through a classifier', async () => {
      const tower = new Tower(true);
      const { builder, context } = tower;
      const m = new Arithmetic(builder);
      const { features } = resnet(
        context,
        '',
        tower.input('images', toNhwc(narrow.tensor('inputs', 'images'))),
        config,
      );
      const fc = [tower.input('fc.weight', narrow.tensor('weights', 'fc.weight')), tower.input('fc.bias', narrow.tensor('weights', 'fc.bias'))] as const; // prettier-ignore
      const logits = m.add(m.matmul(features, fc[0], false, true), fc[1]);
      const labels = m.op('one_hot', [tower.input('labels', narrow.tensor('inputs', 'labels'))], { depth: 10 });
      const loss = m.scale(m.sum(m.mul(m.op('log_softmax', [logits], { axis: 1 }), labels), [0, 1], false), -1 / 4);
      const run = await tower.run(column, weights, loss);
      expectEach(narrow, 'train.grads', { id: 'torchvision', prefix: '' }, run, 'gradient ', /^fc\./);
      expect([...run.keys()].filter((name) => name.startsWith('gradient ')).length).toBe(60);
    });
  });
});
