/** How a column of pictures is prepared follows from what reads it. */
import { describe, expect, it } from 'vitest';
import { projectHost } from '../../../src/cli/experiment.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { readSafetensors } from '../../support/safetensors.ts';
import { repository } from '../../support/fixtures.ts';
import { oraclesFolder } from '../../support/oracles.ts';

function compiled(option: string, picture = 'face', lines = '') {
  const text = `clipx 1
experiment t
axis d = 4
input face : image(32)
input other : image(32)
input y : vector(d)
${lines}
data seen = jsonl("seen.jsonl") { face: "face"  other: "other"  y: "y" }
data test = jsonl("test.jsonl") like seen |> mark(test)
frozen encoder V = vit(size: 32, patch: 16, width: 32, layers: 1, heads: 2${option}, to: d)
trainable encoder R = residual(size: 32, width: 4, blocks: [4], strides: [2], to: d)
trainable module M = linear(d -> d)
let found = M(V(${picture}) + R(face) + R(other))
loss L = mean((found - y) ^ 2)
minimize L
train on seen { steps: 10  batch: 8  optimizer: adam(lr: 1e-3) }
evaluate on test { metric e = mean((found - y) ^ 2) }
`;
  const { program, checked, diagnostics } = compile({ path: 't.clipx', text, host: repository });
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  if (program === undefined) throw new Error('nothing was compiled');
  const ways = Object.fromEntries(
    program.columns.flatMap((column) => (column.kind === 'image' ? [[column.name, column.preprocess]] : [])),
  );
  const face = program.columns.find(({ name }) => name === 'face');
  return { program, checked, ways, face };
}

describe('the preprocessing of a column', () => {
  it('is white where no encoder asks for another', () => {
    expect(compiled('').ways).toEqual({ face: undefined, other: undefined });
    expect(compiled(', preprocess: white').ways).toEqual({ face: undefined, other: undefined });
  });

  it.each(['clip', 'huggingface'])('is %s where one of its encoders asks for it', (way) => {
    expect(compiled(`, preprocess: ${way}`).ways).toEqual({ face: way, other: undefined });
  });

  it('reaches the file through formulas and views', () => {
    expect(compiled(', preprocess: clip', '1 - face').ways).toEqual({ face: 'clip', other: undefined });
    const { ways } = compiled(', preprocess: clip', 'flipped', 'augment flipped = face |> flip');
    expect(ways).toEqual({ face: 'clip', flipped: undefined, other: undefined });
  });

  it('is part of the protocol, and of the sizes that an encoder is exported with', () => {
    const [white, clip] = [compiled(''), compiled(', preprocess: clip')];
    expect(clip.program.digests.protocol).not.toBe(white.program.digests.protocol);
    expect(clip.program.digests.semantic).not.toBe(white.program.digests.semantic);
    expect(clip.program.encoders.find(({ name }) => name === 'V')?.config).toMatchObject({ preprocess: 'clip' });
  });

  it.each([
    [', preprocess: torchvision', { preprocess: 'torchvision', crop: 0.875, interpolation: 'bilinear' }],
    [', preprocess: torchvision, crop: 90 %, interpolation: bicubic', { preprocess: 'torchvision', crop: 0.9 }],
    [', crop: 50 %', { crop: 0.5 }],
    [', preprocess: clip, crop: 100 %, interpolation: bilinear', { preprocess: 'clip', interpolation: 'bilinear' }],
  ])('holds how much is cut off, and how pixels are mixed: %s', (option, way) => {
    const { face, program } = compiled(option);
    expect(face).toEqual({ kind: 'image', name: 'face', height: 32, width: 32, fit: 'cover', ...way });
    expect(program.digests.protocol).not.toBe(compiled('').program.digests.protocol);
  });

  it.each(['preprocess: clip', 'preprocess: torchvision, crop: 90 %'])('has one way: `torchvision` and `%s` are two', (other) => {
    const call = (option: string): string => `vit(size: 32, patch: 16, width: 32, layers: 1, heads: 2, ${option}, to: d)`;
    const text = `clipx 1\nexperiment t\naxis d = 4\ninput face : image(32)\ndata seen = jsonl("seen.jsonl") { face: "face" }\nfrozen encoder A = ${call('preprocess: torchvision')}\nfrozen encoder B = ${call(other)}\nevaluate on seen { metric e = mean(A(face) + B(face)) }\n`;
    const { diagnostics } = compile({ path: 't.clipx', text, host: repository, until: 'check' });
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([['CX3021', `\`B\` reads \`face\` prepared as \`${other.slice(12)}\`, \`A\` as \`torchvision\``]]);
  }); // prettier-ignore

  it('may be said in the braces of an encoder', () => {
    const { ways } = compiled(', to: d) { preprocess: clip } #');
    expect(ways).toEqual({ face: 'clip', other: undefined });
  });

  it.each([
    ['image(32)', 'stretch'],
    ['image(32, fit: cover)', 'cover'],
    ['image(32, fit: contain)', 'contain'],
  ])('squeezes pictures for a ViT of transformers where the input does not say otherwise: %s', (input, fit) => {
    const host = projectHost(`${oraclesFolder}/checkpoints`);
    const text = `clipx 1\nexperiment t\ninput face : ${input}\ndata seen = jsonl("seen.jsonl") { face: "face" }\nfrozen encoder V = vit("vit")\nevaluate on seen { metric e = mean(V(face)) }\n`;
    const { checked, diagnostics } = compile({ path: 't.clipx', text, host, until: 'check' });
    expect(diagnostics).toEqual([]);
    expect(checked?.columns).toEqual([
      { kind: 'image', name: 'face', height: 32, width: 32, fit, preprocess: 'huggingface', interpolation: 'bilinear' },
    ]);
  });

  it.each([
    ['openai', 'clip'],
    ['open_clip', 'clip'],
    ['hf', 'huggingface'],
  ])('is that of the makers of a checkpoint whose sizes are written out: %s', (file, way) => {
    const text = `clipx 1
experiment t
input face : image(32)
data seen = jsonl("seen.jsonl") { face: "face" }
frozen encoder c = clip(joint: 32, image: vit(size: 32, patch: 8, width: 64, layers: 2, heads: 2, activation: quick_gelu), text: text_transformer(context: 77, vocabulary: 512, width: 48, layers: 2, heads: 2)) from "test/oracles/clip-vit-tiny/weights.${file}.safetensors"
evaluate on seen { metric e = mean(c.image(face) ^ 2) }
`;
    const host = { ...repository, tensorsOf: (path: string) => new Map([...readSafetensors(path)].map(([name, { shape }]) => [name, shape])) }; // prettier-ignore
    const { checked, diagnostics } = compile({ path: 't.clipx', text, host, until: 'check' });
    expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
    expect(checked?.columns.find(({ name }) => name === 'face')).toMatchObject({ preprocess: way });
  });
});
