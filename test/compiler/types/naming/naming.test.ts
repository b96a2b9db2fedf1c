/** Names of others: what the rules say is held against real files of tensors, and against what the layers declare. */
import { describe, expect, it } from 'vitest';
import { clipImage, clipLogitScale, clipText } from '../../../../src/compiler/elaborate/layers/clip.ts';
import { DeclaringContext } from '../../../../src/compiler/elaborate/layers/declaring-context.ts';
import { imageTap } from '../../../../src/compiler/elaborate/layers/image-tap.ts';
import { GraphBuilder } from '../../../../src/compiler/ir/graph.ts';
import { elementCount } from '../../../../src/compiler/types/dtype.ts';
import {
  clipStatistics,
  imagenetStatistics,
  type ClipConfig,
  type EncoderConfig,
  type ImageTowerConfig,
} from '../../../../src/compiler/types/model-config.ts';
import { checkpointTensors } from '../../../../src/compiler/types/naming/checkpoint-tensors.ts';
import { encoderTensors } from '../../../../src/compiler/types/naming/encoder-tensors.ts';
import { guessNaming } from '../../../../src/compiler/types/naming/guess-naming.ts';
import { isHarmlessExtra, ownPath, storedForm } from '../../../../src/compiler/types/naming/naming.ts';
import { fromStored, toStored } from '../../../../src/compiler/types/naming/relayout.ts';
import { oracle } from '../../../support/oracles.ts';

const published = {
  vit: (patch: number, width = 768, layers = 12): ImageTowerConfig => ({ kind: 'vit', size: 224, patch, width, layers, heads: width / 64, activation: 'quick_gelu', statistics: clipStatistics }), // prettier-ignore
  rn50: { kind: 'modified_resnet', size: 224, width: 64, blocks: [3, 4, 6, 3], heads: 32, statistics: clipStatistics } as const, // prettier-ignore
  clip: (image: ImageTowerConfig, joint: number, width: number): ClipConfig => ({
    kind: 'clip',
    joint,
    image,
    text: { kind: 'text_transformer', context: 77, vocabulary: 49_408, width, layers: 12, heads: width / 64, activation: 'quick_gelu', tokenizer: './tokenizer.json' }, // prettier-ignore
  }),
};

const weightCount = (config: EncoderConfig): number =>
  encoderTensors(config).reduce((sum, { shape, role }) => (role === 'weight' ? sum + elementCount(shape) : sum), 0);

describe('tensors of an encoder by its sizes alone', () => {
  it.each([
    ['ViT-B/32', published.clip(published.vit(32), 512, 512), 151_277_313],
    ['ViT-B/16', published.clip(published.vit(16), 512, 512), 149_620_737],
    ['ViT-L/14', published.clip(published.vit(14, 1024, 24), 768, 768), 427_616_513],
    ['RN50', published.clip(published.rn50, 1024, 512), 102_007_137],
    ['ResNet-18 without its classifier', { kind: 'resnet', depth: 18, width: 64, statistics: imagenetStatistics }, 11_176_512], // prettier-ignore
    ['ResNet-50 without its classifier', { kind: 'resnet', depth: 50, width: 64, statistics: imagenetStatistics }, 23_508_032], // prettier-ignore
  ] as const)('are those of %s', (_name, config, count) => {
    expect(weightCount(config)).toBe(count);
  });

  const small = { statistics: clipStatistics };
  it.each<[string, ImageTowerConfig]>([
    ['vit', { kind: 'vit', size: 32, patch: 8, width: 16, layers: 2, heads: 2, activation: 'gelu', hidden: 24, ...small }], // prettier-ignore
    ['vit as timm has it', { kind: 'vit', size: 32, patch: 8, width: 16, layers: 2, heads: 2, activation: 'gelu', form: 'timm', ...small }], // prettier-ignore
    ['modified_resnet', { kind: 'modified_resnet', size: 64, width: 8, blocks: [2, 1, 1, 1], heads: 4, ...small }],
    ['modified_resnet of another output', { kind: 'modified_resnet', size: 64, width: 8, blocks: [1, 1, 1, 1], heads: 4, output: 12, ...small }], // prettier-ignore
    ['resnet18', { kind: 'resnet', depth: 18, width: 8, ...small }],
    ['resnet50', { kind: 'resnet', depth: 50, width: 4, ...small }],
    ['residual', { kind: 'residual', size: 32, width: 8, blocks: [8, 16], strides: [1, 2], ...small }],
  ])('are those that the layers of %s declare', (_name, config) => {
    const context = declared((each, image) => imageTap({ context: each, path: '', image, config, tap: '' }), 'size' in config ? config.size : 32); // prettier-ignore
    expect(listed(encoderTensors(config))).toEqual(declarations(context));
  });

  it('are those that the layers of a CLIP declare', () => {
    const config: ClipConfig = {
      kind: 'clip',
      joint: 12,
      image: { kind: 'vit', size: 32, patch: 8, width: 16, layers: 2, heads: 2, activation: 'gelu', ...small },
      text: { kind: 'text_transformer', context: 9, vocabulary: 20, width: 8, layers: 1, heads: 2, activation: 'gelu', tokenizer: '', hidden: 20 }, // prettier-ignore
    };
    const context = declared((each, image) => {
      clipImage(each, '', image, config);
      const { builder } = each;
      const ids = builder.add('input', [], { name: 'ids', dtype: 'i32', shape: [2, 9] });
      clipText(each, '', ids, builder.add('input', [], { name: 'end', dtype: 'i32', shape: [2] }), config);
      clipLogitScale(each, '');
    }, 32);
    expect(listed(encoderTensors(config))).toEqual(declarations(context));
  });
});

const declared = (make: (context: DeclaringContext, image: number) => void, size: number): DeclaringContext => {
  const builder = new GraphBuilder('declared');
  const context = new DeclaringContext(builder, 'e', () => false);
  make(context, builder.add('input', [], { name: 'image', dtype: 'f32', shape: [1, size, size, 3] }));
  return context;
};

const declarations = ({ parameters }: DeclaringContext): string[] =>
  [...parameters].map(([path, { shape, options }]) => `${path} [${shape.join()}] ${options.role ?? 'weight'}`).toSorted(); // prettier-ignore

const listed = (tensors: ReturnType<typeof encoderTensors>): string[] =>
  tensors.map(({ path, shape, role }) => `${path} [${shape.join()}] ${role}`).toSorted();

describe('names of checkpoints', () => {
  const tiny = oracle('clip-vit-tiny');
  const files = [
    ['clip-vit-tiny', 'weights.openai', 'openai'],
    ['clip-vit-tiny', 'weights.hf', 'huggingface_clip'],
    ['clip-vit-tiny', 'weights.open_clip', 'open_clip'],
    ['clip-rn-tiny', 'weights.openai', 'openai_image'],
    ['backbones', 'weights', 'torchvision'],
  ] as const;

  it.each(files)('of %s/%s are those of %s, and each has a tensor of ours', (folder, file, id) => {
    const tensors = oracle(folder).tensors(file);
    const guess = guessNaming([...tensors.keys()], (name) => tensors.get(name)?.shape) ?? expect.fail('no naming');
    expect(guess.naming).toEqual({ id, prefix: '' });
    expect(guess.extras.unknown).toEqual([]);
    const config = guess.config ?? expect.fail(guess.fault ?? 'no sizes');
    const all = checkpointTensors(config, guess.naming) ?? expect.fail('a tensor without a name');
    const wanted = all.flatMap(({ theirs }) => theirs.map(({ name, shape }) => `${name} [${shape.join()}]`));
    const found = [...tensors].filter(([name]) => !guess.extras.harmless.includes(name)).map(([name, { shape }]) => `${name} [${shape.join()}]`); // prettier-ignore
    expect(wanted.toSorted()).toEqual(found.toSorted());
  });

  it.each(files)('of %s/%s come back as they were, of ours', (folder, file, id) => {
    const tensors = oracle(folder).tensors(file);
    const { naming, config } = guessNaming([...tensors.keys()], (name) => tensors.get(name)?.shape) ?? expect.fail(id);
    const all = config === undefined ? [] : (checkpointTensors(config, naming) ?? []);
    expect(all.length).toBeGreaterThan(40);
    for (const tensor of all) {
      const stored = tensor.theirs.map(({ name }) => Float32Array.from(tensors.get(name)?.data ?? expect.fail(name)));
      expect(toStored(tensor, fromStored(tensor, stored), tensor.shape), tensor.path).toEqual(stored);
      for (const { name, shape } of tensor.theirs)
        expect(ownPath(naming, name, shape)).toEqual({ path: tensor.path, shape: tensor.shape });
    }
  });

  it('have the sizes of the model, with heads of 64', () => {
    const tensors = tiny.tensors('weights.hf');
    const guess = guessNaming([...tensors.keys()], (name) => tensors.get(name)?.shape);
    expect(guess?.config).toMatchObject({
      kind: 'clip',
      joint: 32,
      image: { kind: 'vit', size: 32, patch: 8, width: 64, layers: 2, heads: 1, activation: 'quick_gelu' },
      text: { context: 77, vocabulary: 512, width: 48, layers: 2, end: 'largest' },
    });
  });

  it('are told though some of them are missing', () => {
    const tensors = tiny.tensors('weights.openai');
    const names = [...tensors.keys()].filter((name) => !name.includes('ln_1') && name !== 'visual.conv1.weight');
    const guess = guessNaming(names, (name) => tensors.get(name)?.shape);
    expect(guess?.naming.id).toBe('openai');
    expect(guess?.fault).toBe('the sizes stand in `image.patches.weight`, which is missing');
  });

  it('are told behind the prefix of a training script, and not where nothing is known', () => {
    const tensors = oracle('backbones').tensors('weights');
    const wrapped = new Map([...tensors].map(([name, { shape }]) => [`module.${name}`, shape]));
    expect(guessNaming([...wrapped.keys()], (name) => wrapped.get(name))?.naming).toEqual({ id: 'torchvision', prefix: 'module.' }); // prettier-ignore
    expect(guessNaming(['a', 'b', 'conv1.weight'], () => [1])).toBeUndefined();
  });

  it('of BERT stand with and without `bert.`, with new and old names of norms', () => {
    for (const [id, scale] of [['huggingface_bert', 'weight'], ['huggingface_bert_old', 'gamma']] as const)
      for (const prefix of ['', 'bert.']) {
        const form = storedForm({ id, prefix }, 'blocks.3.norm1.scale', [8]);
        expect(form?.theirs[0]?.name).toBe(`${prefix}encoder.layer.3.attention.output.LayerNorm.${scale}`);
      }
    expect(isHarmlessExtra({ id: 'huggingface_bert', prefix: 'bert.' }, 'cls.predictions.bias')).toBe(true);
    expect(isHarmlessExtra({ id: 'huggingface_bert', prefix: 'bert.' }, 'bert.pooler.dense.weight')).toBe(true);
    expect(isHarmlessExtra({ id: 'huggingface_bert', prefix: 'bert.' }, 'bert.odd')).toBe(false);
  }); // prettier-ignore

  it.each([
    ['weights.hf', /^(vision_model|visual_projection)\./, 'huggingface_clip_image', ['visual_projection.weight']],
    ['weights.hf', /^text_(model|projection)\./, 'huggingface_clip_text', ['text_projection.weight']],
    ['weights.openai', /^visual\./, 'openai_image', ['visual.proj']],
    ['weights.openai', /^(?!visual\.|logit_scale)/, 'openai_text', ['text_projection']],
  ] as const)('of one tower of a CLIP (%s, %s) are those of it alone', (file, own, id, harmless) => {
    const tensors = tiny.tensors(file);
    const names = [...tensors.keys()].filter((name) => own.test(name));
    const guess = guessNaming(names, (name) => tensors.get(name)?.shape) ?? expect.fail('no naming');
    expect(guess.naming).toEqual({ id, prefix: '' });
    expect(guess.extras).toEqual({ harmless, unknown: [] });
    const config = guess.config ?? expect.fail(guess.fault ?? 'no sizes');
    expect(config.kind).toBe(id.endsWith('text') ? 'text_transformer' : 'vit');
    const wanted = (checkpointTensors(config, guess.naming) ?? []).flatMap(({ theirs }) => theirs.map(({ name }) => name));
    expect(wanted.toSorted()).toEqual(names.filter((name) => !harmless.some((each) => each === name)).toSorted());
  }); // prettier-ignore

  it.each([
    ['timm', 'cls_token', 'dist_token', 'pos_embed', 'patch_embed.proj.weight', 'blocks.0.norm1.weight'],
    ['huggingface_vit', 'embeddings.cls_token', 'embeddings.distillation_token', 'embeddings.position_embeddings', 'embeddings.patch_embeddings.projection.weight', 'encoder.layer.0.layernorm_before.weight'],
  ] as const)('of a distilled DeiT (%s) are known, and refused for its second token', (id, first, second, places, patches, norm) => {
    const shapes = new Map<string, readonly number[]>([[first, [1, 1, 8]], [second, [1, 1, 8]], [places, [1, 6, 8]], [patches, [8, 3, 4, 4]], [norm, [8]]]);
    const guess = guessNaming([...shapes.keys()], (name) => shapes.get(name));
    expect(guess?.naming.id).toBe(id);
    expect(guess?.fault).toContain('distilled DeiT');
  }); // prettier-ignore

  it('of AST have a head beside the model', () => {
    const naming = { id: 'huggingface_ast', prefix: 'audio_spectrogram_transformer.' } as const;
    expect(storedForm(naming, 'projection.weight', [5, 8])?.theirs[0]?.name).toBe('classifier.dense.weight');
    expect(storedForm(naming, 'class', [8])?.theirs).toEqual([{ name: 'audio_spectrogram_transformer.embeddings.cls_token', shape: [1, 1, 8] }]); // prettier-ignore
    const script = { id: 'ast', prefix: 'module.' } as const;
    expect(storedForm(script, 'distillation', [8])?.theirs[0]?.name).toBe('module.v.dist_token');
    expect(isHarmlessExtra(script, 'module.v.head_dist.weight')).toBe(true);
  });
});
