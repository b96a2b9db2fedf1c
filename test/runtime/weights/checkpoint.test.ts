/** One model in three namings is one model here; what does not fit is told under the names of the file, all at once. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EncoderConfig } from '../../../src/compiler/types/model-config.ts';
import { encoderTensors } from '../../../src/compiler/types/naming/encoder-tensors.ts';
import { guessNaming } from '../../../src/compiler/types/naming/guess-naming.ts';
import { Checkpoint, type WantedTensor } from '../../../src/runtime/weights/checkpoint.ts';
import { openWeights } from '../../../src/runtime/weights/formats/open-weights.ts';
import { readSafetensors, writeSafetensors, type TensorToStore } from '../../../src/runtime/weights/safetensors.ts';
import { oraclesFolder } from '../../support/oracles.ts';
import { temporaryFolder } from '../support/run-tiny.ts';

const file = (folder: string, name: string): string => join(oraclesFolder, folder, `${name}.safetensors`);

const opened = (path: string): { readonly checkpoint: Checkpoint; readonly config: EncoderConfig } => {
  const weights = openWeights(path);
  const config = guessNaming(weights.names, (name) => weights.shapeOf(name))?.config ?? expect.fail(`no sizes of ${path}`); // prettier-ignore
  return { checkpoint: new Checkpoint(weights), config };
};

const wantedOf = (config: EncoderConfig): Map<string, WantedTensor> =>
  new Map(encoderTensors(config).map(({ path, shape }) => [path, { shape }]));

/** A copy of a file of weights with changes. */
function changed(name: string, change: (tensors: Map<string, TensorToStore>) => void): string {
  const tensors = new Map<string, TensorToStore>(
    [...readSafetensors(file('clip-vit-tiny', name))].map(([key, { shape, data }]) => [key, { shape, data }]),
  );
  change(tensors);
  const path = join(temporaryFolder(), 'changed.safetensors');
  writeSafetensors(path, tensors);
  return path;
}

describe('a checkpoint', () => {
  it('gives the same tensors whosever names it has', () => {
    const values = ['weights.openai', 'weights.hf', 'weights.open_clip'].map((name) => {
      const { checkpoint, config } = opened(file('clip-vit-tiny', name));
      const wanted = wantedOf(config);
      checkpoint.expect(wanted, [config]);
      return new Map([...wanted].map(([path, tensor]) => [path, checkpoint.read(path, tensor)]));
    });
    expect(values[0]?.size).toBe(62);
    expect(values[1]).toEqual(values[0]);
    expect(values[2]).toEqual(values[0]);
    const projection = readSafetensors(file('clip-vit-tiny', 'weights.hf')).get('visual_projection.weight');
    expect(values[1]?.get('image.projection')?.[1]).toBe(projection?.data[64]);
  });

  it('reads a ResNet of CLIP and one of torchvision, whose counters and classifier do no harm', () => {
    for (const [folder, name] of [['clip-rn-tiny', 'weights.openai'], ['backbones', 'weights']] as const) {
      const { checkpoint, config } = opened(file(folder, name));
      checkpoint.expect(wantedOf(config), [config]);
      for (const [path, tensor] of wantedOf(config)) expect(checkpoint.read(path, tensor).length).toBeGreaterThan(0);
    }
  }); // prettier-ignore

  it('tells all that is missing, wrong and too much, in its own names', () => {
    const { config } = opened(file('clip-vit-tiny', 'weights.hf'));
    const path = changed('weights.hf', (tensors) => {
      tensors.delete('vision_model.encoder.layers.1.self_attn.k_proj.weight');
      tensors.set('text_model.encoder.layers.0.mlp.fc1.bias', { shape: [7], data: new Float32Array(7) });
      tensors.set('visual_projection.bias', { shape: [32], data: new Float32Array(32) });
      tensors.set('text_model.encoder.layers.2.mlp.fc1.bias', { shape: [192], data: new Float32Array(192) });
      tensors.set('text_model.embeddings.position_ids', { shape: [1, 77], data: new Int32Array(77) });
    });
    const fault = faultOf(() => opened(path).checkpoint.expect(wantedOf(config), [config]));
    expect(fault).toContain('(names of Hugging Face CLIPModel) does not fit');
    expect(fault).toContain('`vision_model.encoder.layers.1.self_attn.k_proj.weight` is missing (expected [64, 64], the nearest name is');
    expect(fault).toContain('`text_model.encoder.layers.0.mlp.fc1.bias` is [7], expected [192]');
    expect(fault).toContain('`visual_projection.bias` [32] belongs to nothing in the encoder');
    expect(fault).toContain('`text_model.encoder.layers.2.mlp.fc1.bias` [192] belongs to nothing in the encoder');
    expect(fault).toContain('(not read, which does no harm: `text_model.embeddings.position_ids`)');
  }); // prettier-ignore

  it('interpolates positions where it is asked to, and elsewhere says how', () => {
    const { checkpoint, config } = opened(file('clip-vit-tiny', 'weights.openai'));
    if (config.kind !== 'clip' || config.image.kind !== 'vit') return expect.fail('a ViT');
    const larger: EncoderConfig = { ...config, image: { ...config.image, size: 48 } };
    const fault = faultOf(() => checkpoint.expect(wantedOf(larger), [larger]));
    expect(fault).toContain('`visual.positional_embedding` is [17, 64], expected [37, 64]: 4 × 4 places, and 6 × 6 here');
    const wanted = wantedOf(larger).set('image.positions', { shape: [37, 64], positions: 'resize' });
    checkpoint.expect(wanted, [larger]);
    const table = checkpoint.read('image.positions', { shape: [37, 64], positions: 'resize' });
    const own = checkpoint.read('image.positions', { shape: [17, 64] });
    expect(table.length).toBe(37 * 64);
    expect(table.slice(0, 64)).toEqual(own.slice(0, 64));
  }); // prettier-ignore
});

function faultOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    expect(error).toMatchObject({ code: 'CX8204', fault: 'user' });
    return error instanceof Error ? error.message : '';
  }
  return expect.fail('it fits');
}
