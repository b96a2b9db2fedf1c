/** `clip("…")` of weights that others made: the sizes, and what a checkpoint says of how it computes. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectHost } from '../../../src/cli/experiment.ts';
import { compile, type Compilation } from '../../../src/compiler/compile.ts';
import { clipStatistics, imagenetStatistics, plainStatistics } from '../../../src/compiler/types/model-config.ts';
import { writeSafetensors } from '../../../src/runtime/weights/safetensors.ts';
import { oraclesFolder } from '../../support/oracles.ts';

const tiny = join(oraclesFolder, 'clip-vit-tiny');

/** A project with weights as they come from elsewhere. */
function project(): string {
  const root = mkdtempSync(join(tmpdir(), 'clipx-test-'));
  for (const folder of ['hf', 'open_clip', 'bare']) mkdirSync(join(root, folder));
  copyFileSync(join(tiny, 'weights.hf.safetensors'), join(root, 'hf/model.safetensors'));
  copyFileSync(join(tiny, 'hf_config.json'), join(root, 'hf/config.json'));
  copyFileSync(join(tiny, 'weights.open_clip.safetensors'), join(root, 'open_clip/open_clip_model.safetensors'));
  copyFileSync(join(tiny, 'open_clip_config.json'), join(root, 'open_clip/open_clip_config.json'));
  copyFileSync(join(tiny, 'weights.openai.safetensors'), join(root, 'openai.safetensors'));
  copyFileSync(join(oraclesFolder, 'clip-rn-tiny/weights.openai.safetensors'), join(root, 'rn.safetensors'));
  copyFileSync(join(oraclesFolder, 'backbones/weights.safetensors'), join(root, 'resnet.safetensors'));
  return root;
}

const source = (encoder: string): string => `clipx 1
experiment t
input image : image(32)
data d = shards("x.tar") { image: "png" }
axis joint = 32
trainable encoder e = ${encoder}
loss L = mean(${encoder.startsWith('clip') ? 'e.image' : 'e'}(image))
minimize L
train on d { steps: 1  batch: 2  optimizer: adam(lr: 1e-4) }
`;

function compiled(root: string, encoder: string): Compilation {
  return compile({ path: 't.clipx', text: source(encoder), host: projectHost(root) });
}

const configOf = ({ program, diagnostics }: Compilation): unknown =>
  program?.encoders[0]?.config ??
  expect.fail(diagnostics.map(({ message, found }) => `${message}: ${found}`).join('\n'));

describe('weights that others made', () => {
  const root = project();
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('of Hugging Face have the sizes of their config.json, their rule for the end of a text and their activation', () => {
    const text = { context: 77, vocabulary: 512, width: 48, layers: 2, heads: 2, activation: 'quick_gelu', end: 511 };
    const image = { kind: 'vit', size: 32, patch: 8, width: 64, heads: 2, activation: 'quick_gelu', statistics: clipStatistics, preprocess: 'huggingface' }; // prettier-ignore
    expect(configOf(compiled(root, 'clip("hf")'))).toMatchObject({ kind: 'clip', joint: 32, image, text });
    const old = join(root, 'hf-old');
    mkdirSync(old);
    const config = { model_type: 'clip', projection_dim: 32, text_config: { eos_token_id: 2, hidden_act: 'gelu' }, vision_config: {} }; // prettier-ignore
    writeFileSync(join(old, 'config.json'), JSON.stringify(config));
    writeFileSync(join(old, 'preprocessor_config.json'), JSON.stringify({ image_mean: [0.5, 0.5, 0.5], image_std: [0.1, 0.2, 0.3] })); // prettier-ignore
    const statistics = { mean: [0.5, 0.5, 0.5], deviation: [0.1, 0.2, 0.3] };
    expect(configOf(compiled(root, 'clip("hf-old", positions: resize)'))).toMatchObject({ text: { activation: 'gelu', end: 'largest', width: 512 }, image: { width: 768, statistics } }); // prettier-ignore
  });

  it('of open_clip have the sizes of open_clip_config.json', () => {
    expect(configOf(compiled(root, 'clip("open_clip")'))).toMatchObject({ joint: 32, image: { heads: 2, activation: 'quick_gelu' }, text: { heads: 2, end: 'largest', tokenizer: './tokenizer.json' } }); // prettier-ignore
  });

  it('in a file alone have the sizes that the shapes tell, and heads of 64', () => {
    expect(configOf(compiled(root, 'clip("openai.safetensors")'))).toMatchObject({ joint: 32, image: { heads: 1, activation: 'quick_gelu' } }); // prettier-ignore
    const sized = 'clip(joint: 32, image: vit(size: 32, patch: 8, width: 64, layers: 2, heads: 2, activation: quick_gelu), text: text_transformer(vocabulary: 512, width: 48, layers: 2, heads: 2)) from "openai.safetensors"'; // prettier-ignore
    expect(configOf(compiled(root, sized))).toMatchObject({ image: { heads: 2 } });
    expect(configOf(compiled(root, 'modified_resnet("rn.safetensors", positions: resize)'))).toMatchObject({ kind: 'modified_resnet', size: 64, width: 8, heads: 4, output: 32 }); // prettier-ignore
    expect(configOf(compiled(root, 'resnet18("resnet.safetensors")'))).toEqual({ kind: 'resnet', depth: 18, width: 8, statistics: imagenetStatistics, preprocess: 'torchvision' }); // prettier-ignore
  });

  it('compute what the call says where the file does not', () => {
    const activation = (encoder: string): unknown => configOf(compiled(root, encoder));
    expect(activation('clip("openai.safetensors")')).toMatchObject({ image: { activation: 'quick_gelu' }, text: { activation: 'quick_gelu' } }); // prettier-ignore
    expect(activation('clip("openai.safetensors", activation: gelu)')).toMatchObject({ image: { activation: 'gelu' }, text: { activation: 'gelu' } }); // prettier-ignore
  });

  it('are scaled and prepared as torchvision does where the sizes are written out', () => {
    expect(configOf(compiled(root, 'resnet18(width: 8) from "resnet.safetensors"'))).toMatchObject({ statistics: imagenetStatistics, preprocess: 'torchvision' }); // prettier-ignore
    expect(configOf(compiled(root, 'resnet18(width: 8, normalize: none, preprocess: clip) from "resnet.safetensors"'))).toMatchObject({ statistics: plainStatistics, preprocess: 'clip' }); // prettier-ignore
    expect(configOf(compiled(root, 'resnet18(width: 8)'))).toEqual({ kind: 'resnet', depth: 18, width: 8, statistics: plainStatistics }); // prettier-ignore
  });

  it('start all of an encoder but the map of `to:`, which no such file has', () => {
    const { program } = compiled(root, 'resnet18("resnet.safetensors", to: joint)');
    const init = (name: string): string | undefined => program?.parameters.find((each) => each.name === `e.${name}`)?.init.kind; // prettier-ignore
    expect(init('stage4.1.conv2.weight')).toBe('file');
    expect(init('projection.weight')).toBe('uniform');
  });

  it('say that a table of places is interpolated only where the file says so', () => {
    const start = (encoder: string): unknown => compiled(root, encoder).program?.parameters.find(({ name }) => name === 'e.image.positions')?.init; // prettier-ignore
    expect(start('clip("hf")')).toEqual({ kind: 'file', path: 'hf', tensor: 'image.positions' });
    expect(start('clip("hf", positions: resize)')).toEqual({ kind: 'file', path: 'hf', tensor: 'image.positions', positions: 'resize' }); // prettier-ignore
  });

  it.each([
    ['bert', 'bert/vocab.txt'],
    ['bert/model.safetensors', 'bert/vocab.txt'],
    ['only.safetensors', 'vocab.txt'],
  ])('of texts find what cuts them beside the weights: %s', (path, vocabulary) => {
    const folder = mkdtempSync(join(tmpdir(), 'clipx-texts-'));
    const from = join(oraclesFolder, 'checkpoints/bert');
    cpSync(from, join(folder, 'bert'), { recursive: true });
    cpSync(join(from, 'model.safetensors'), join(folder, 'only.safetensors'));
    const text = `clipx 1\nexperiment t\ninput x : text\ndata d = jsonl("x.jsonl") { x: "x" }\nfrozen encoder e = bert("${path}")\nevaluate on d { metric m = mean(e(x)) }\n`;
    const { program, diagnostics } = compile({ path: 't.clipx', text, host: projectHost(folder) });
    rmSync(folder, { recursive: true });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(program?.tokenizers.map((each) => each.path)).toEqual([vocabulary]);
  }); // prettier-ignore

  it('take part in the digest by how they compute', () => {
    const digest = (encoder: string): unknown => compiled(root, encoder).program?.digests.semantic;
    expect(digest('clip("hf")')).not.toBe(digest('clip("hf", normalize: imagenet)'));
    expect(digest('clip("hf")')).toBe(digest('clip("hf")'));
  });

  it.each([
    ['clip("none")', 'there is no model in `none`'],
    ['clip("resnet.safetensors")', 'describes a resnet, not a CLIP'],
    ['clip("odd.safetensors")', 'the sizes of `odd.safetensors` cannot be told from its tensors'],
    ['clip("torn.safetensors")', '`torn.safetensors` holds no weights that can be read'],
    ['clip("siglip")', '`siglip/config.json` does not describe a model clipx knows'],
    ['clip("activation")', '`activation/config.json` does not describe a model clipx knows'],
  ])('are refused where %s', (encoder, message) => {
    writeSafetensors(join(root, 'odd.safetensors'), new Map([['a.b', { shape: [1], data: new Float32Array(1) }]]));
    writeFileSync(join(root, 'torn.safetensors'), 'xx');
    for (const [name, config] of [['siglip', { model_type: 'siglip' }], ['activation', { model_type: 'clip', vision_config: { hidden_act: 'gelu_new' } }]] as const) {
      mkdirSync(join(root, name), { recursive: true });
      writeFileSync(join(root, name, 'config.json'), JSON.stringify(config));
    }
    const { diagnostics } = compiled(root, encoder);
    expect(diagnostics.map((each) => each.message).join('\n')).toContain(message);
    expect(diagnostics.find((each) => each.severity === 'error')?.code).toBe('CX5007');
  }); // prettier-ignore
});
