/** CLIP with ViT towers on every engine against the original implementation: features, states of every layer, logits, gradients. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clipImage, clipLogitScale, clipText } from '../../src/compiler/elaborate/layers/clip.ts';
import { layerNorm } from '../../src/compiler/elaborate/layers/layer-norm.ts';
import { imageTap } from '../../src/compiler/elaborate/layers/image-tap.ts';
import { textEnd } from '../../src/compiler/elaborate/layers/text-end.ts';
import { Arithmetic } from '../../src/compiler/ir/arithmetic.ts';
import type { NodeId } from '../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import { plainStatistics, type ClipConfig, type TextTowerConfig } from '../../src/compiler/types/model-config.ts';
import { huggingfaceConfig } from '../../src/compiler/types/naming/published-config.ts';
import { toNhwc } from '../support/layout.ts';
import { oracle, oraclesFolder } from '../support/oracles.ts';
import { columns } from './support/columns.ts';
import { expectEach, firstRows, Tower } from './support/tower.ts';

const tiny = oracle('clip-vit-tiny');
const namings = ['weights.openai', 'weights.hf', 'weights.open_clip'] as const;
const weights = (name: string): string => join(oraclesFolder, 'clip-vit-tiny', `${name}.safetensors`);

const read = huggingfaceConfig(tiny.json('hf_config.json'), {});
if (read === undefined || !('config' in read) || read.config.kind !== 'clip' || read.config.image.kind !== 'vit')
  throw new Error('a CLIP');
// the images of the fixture are normalised already
const config: ClipConfig = { ...read.config, image: { ...read.config.image, statistics: plainStatistics } };

const images = toNhwc(tiny.tensor('inputs', 'images'));
const [batch = 1] = images.shape;

function textFeatures(tower: Tower, input: string, text: TextTowerConfig): { readonly features: NodeId; readonly taps: ReadonlyMap<string, NodeId> } {
  const ids = tower.input(input, tiny.tensor('inputs', input));
  const end = textEnd(tower.builder, ids, text.end ?? 'largest');
  return clipText(tower.context, '', ids, end, { ...config, text });
} // prettier-ignore

/** Everything the fixture knows. */
function whole(): { readonly tower: Tower; readonly loss: NodeId } {
  const tower = new Tower();
  const { context, builder } = tower;
  const m = new Arithmetic(builder);
  const pixels = tower.input('images', images);
  const image = clipImage(context, '', pixels, config);
  const text = textFeatures(tower, 'tokens', { ...config.text, end: 'largest' });
  tower.output('forward image_features', image.features);
  tower.output('forward text_features', text.features);
  for (let layer = 0; layer < 2; layer++) {
    tower.output(`taps vision.hidden.${layer + 1}`, tapOf(image.taps, `blocks.${layer}`));
    tower.output(`taps vision.attention.${layer}`, tapOf(image.taps, `blocks.${layer}.attention`));
    tower.output(`taps text.hidden.${layer + 1}`, tapOf(text.taps, `blocks.${layer}`));
    tower.output(`row0 text.attention.${layer}.row0`, tapOf(text.taps, `blocks.${layer}.attention`));
  }
  tower.output('taps vision.hidden.0', tapOf(image.taps, 'norm_pre'));
  tower.output('taps text.hidden.0', tapOf(text.taps, 'embedded'));
  tower.output('taps vision.pooled', tapOf(image.taps, 'pooled'));
  tower.output('taps text.pooled', tapOf(text.taps, 'pooled'));
  tower.output('taps text.final', layerNorm(context, 'text.norm_final', tapOf(text.taps, 'tokens')));
  // as the language has them: `clip.image.tokens(x)`, `clip.image.attention[-1](x)`
  const tap = (name: string): NodeId => imageTap({ context, path: 'image', image: pixels, config: config.image, tap: name, joint: config.joint }); // prettier-ignore
  tower.output('taps vision.dense', tap('tokens'));
  tower.output('attention', tap('attention.1'));
  tower.output('map', tap('map'));

  const unit = (x: NodeId): NodeId => m.div(x, m.unary('sqrt', m.sum(m.square(x), [1], true)));
  const [a, b] = [unit(image.features), unit(text.features)];
  tower.output('forward image_normalised', a);
  tower.output('forward text_normalised', b);
  const logits = m.mul(m.matmul(a, b, false, true), m.unary('exp', clipLogitScale(context, '')));
  tower.output('forward logits_per_image', logits);
  const identity = m.op('one_hot', [m.op('iota', [], { shape: [batch], axis: 0 })], { depth: batch });
  const direction = (axis: number): NodeId => m.sum(m.mul(m.op('log_softmax', [logits], { axis }), identity), [0, 1], false); // prettier-ignore
  return { tower, loss: m.scale(m.add(direction(0), direction(1)), -1 / (2 * batch)) };
}

const tapOf = (taps: ReadonlyMap<string, NodeId>, name: string): NodeId => taps.get(name) ?? expect.fail(name);

const at = (run: ReadonlyMap<string, TensorData>, name: string): TensorData => run.get(name) ?? expect.fail(name);

describe.each(columns.map((column) => [column.name, column] as const))('on %s', (_name, column) => {
  const test = it.skipIf(column.isSkipped);

  test.each(namings)('features, states of layers, logits and gradients of %s', async (file) => {
    const { tower, loss } = whole();
    const run = await tower.run(column, weights(file), loss);
    for (const [name, value] of run) {
      const [kind = '', tensor = ''] = name.split(' ');
      if (kind === 'forward' || kind === 'taps') tiny.expectClose(value, kind, tensor);
      if (kind === 'row0') tiny.expectClose(firstRows(value, [1, ...value.shape.slice(1)]), 'taps', tensor);
    }
    tiny.expectClose(at(run, 'attention'), 'taps', 'vision.attention.1');
    const dense = at(run, 'taps vision.dense');
    expect(Array.from(at(run, 'map').data.slice(0, 32))).toEqual(Array.from(dense.data.slice(32, 64)));
    expectEach(tiny, 'grads', { id: 'openai', prefix: '' }, run, 'gradient ');
  });

  test('features with exact GELU, of texts padded with the end token, and of texts that end in the middle', async () => {
    const tower = new Tower();
    const gelu: ClipConfig = { ...config, image: { ...config.image, activation: 'gelu' } as ClipConfig['image'] };
    tower.output('image_features_erf_gelu', clipImage(tower.context, '', tower.input('images', images), gelu).features);
    tower.output('text_features_erf_gelu', textFeatures(tower, 'tokens', { ...config.text, activation: 'gelu' }).features); // prettier-ignore
    tower.output('text_features', textFeatures(tower, 'tokens_eot_padded', config.text).features);
    tower.output('mid_eos_text_features_first', textFeatures(tower, 'mid_eos_tokens', { ...config.text, end: 256 }).features); // prettier-ignore
    const largest = new Tower();
    largest.output('mid_eos_text_features_argmax', textFeatures(largest, 'mid_eos_tokens', { ...config.text, end: 'largest' }).features); // prettier-ignore
    for (const each of [tower, largest])
      for (const [name, value] of await each.run(column, weights('weights.hf')))
        tiny.expectClose(value, 'forward', name);
  });
});
