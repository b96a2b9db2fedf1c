/** The audio spectrogram transformer, from a sound to its logits, against PyTorch (`test/oracles/make/make_ast.py`). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Elaborator } from '../../../../src/compiler/elaborate/elaborator.ts';
import { filterBank } from '../../../../src/compiler/elaborate/layers/filter-bank.ts';
import { evaluateNodes } from '../../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, graphInputs } from '../../../../src/compiler/ir/graph.ts';
import { tensorOf, type TensorData } from '../../../../src/compiler/ir/tensor-data.ts';
import { compile } from '../../../../src/compiler/compile.ts';
import { repository } from '../../../support/fixtures.ts';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface AstCase {
  readonly waves: Numbers;
  readonly real: readonly number[];
  readonly bank: Numbers;
  readonly hidden: Numbers;
  readonly logits: Numbers;
  readonly tensors: Readonly<Record<string, Numbers>>;
}

const fixture = JSON.parse(readFileSync('test/oracles/layers/ast.json', 'utf8')) as AstCase;
const [batch = 0, samples = 0] = fixture.waves.shape;
const real = fixture.real.flatMap((count) => Array.from({ length: samples }, (_, at) => Number(at < count)));

const source = (options = '', tap = '') => `clipx 1
experiment t
axis tag = 5
input sound : audio(8 kHz, max: 150 ms)
input sharp : audio(8 kHz, max: 20 ms)
data d = shards("x.tar") { sound: "wav"  sharp: "wav" }
trainable encoder E = ast(to: tag, mels: 12, frames: 16, patch: 4, stride: 3, width: 8, layers: 2, heads: 2, mean: -4.5, deviation: 3 ${options})
let y = E${tap}(sound)
loss L = mean(y)
minimize L
train on d { steps: 1  batch: 2  optimizer: adam(lr: 1e-4) }
`;

const checkedOf = (text: string) => compile({ path: 't.clipx', text, host: repository, until: 'check' });

function valueOf(tap: string): { readonly value: TensorData; readonly tensors: readonly string[] } {
  const { checked, diagnostics } = checkedOf(source('', tap));
  const typed = checked?.values.find((value) => value.name === 'y')?.typed;
  if (checked === undefined || typed === undefined) throw new Error(diagnostics.map(({ message }) => message).join());
  const elaborator = new Elaborator('t', checked, { batch, vocabularies: new Map() }, false);
  const { node } = elaborator.value(typed);
  const { graph } = elaborator.finish();
  const feeds = Object.fromEntries(
    graphInputs(graph).map(({ name, type }) => {
      const own = fixture.tensors[name.replace(/^E\./, '')];
      if (own !== undefined) expect(type.shape, name).toEqual(own.shape);
      const data = own?.data ?? (type.dtype === 'bool' ? real : fixture.waves.data);
      return [name, tensorOf(type.dtype, type.shape, data, 'f64')];
    }),
  );
  const value = evaluateNodes(graph, feeds, [node], { precision: 'f64' }).get(node) ?? expect.fail('no value');
  return { value, tensors: Object.keys(feeds).filter((name) => name.startsWith('E.')) };
}

/** Entries further apart than a sum in float64 with tensors of seven digits may be. */
const wrong = (got: TensorData, wanted: Numbers): string[] => {
  expect(got.shape).toEqual(wanted.shape);
  return wanted.data.flatMap((value, at) => (Math.abs((got.data[at] ?? Number.NaN) - value) <= 2e-6 * (1 + Math.abs(value)) ? [] : [`${at}: ${got.data[at]}, expected ${value}`]));
}; // prettier-ignore

describe('the audio spectrogram transformer', () => {
  it('reads log-mel values as Kaldi has them, and nothing beyond the end', () => {
    const builder = new GraphBuilder('bank');
    const wave = builder.add('input', [], { name: 'wave', dtype: 'f32', shape: [batch, samples] });
    const mask = builder.add('input', [], { name: 'real', dtype: 'bool', shape: [batch, samples] });
    const node = filterBank(builder, wave, { rate: 8000, bands: 12, frames: 16 }, mask);
    const feeds = { wave: tensorOf('f32', fixture.waves.shape, fixture.waves.data, 'f64'), real: tensorOf('bool', fixture.waves.shape, real, 'f64') }; // prettier-ignore
    const value = evaluateNodes(builder.finish(), feeds, [node], { precision: 'f64' }).get(node);
    expect(wrong(value ?? expect.fail('no value'), fixture.bank)).toEqual([]);
  });

  it('gives its tokens', () => {
    expect(wrong(valueOf('.hidden').value, fixture.hidden)).toEqual([]);
  });

  it('gives logits of the mean of its two tokens, with every tensor', () => {
    const { value, tensors } = valueOf('');
    expect(wrong(value, fixture.logits)).toEqual([]);
    expect(tensors.toSorted()).toEqual(
      Object.keys(fixture.tensors)
        .map((name) => `E.${name}`)
        .toSorted(),
    );
  });

  it('becomes a program with gradients', () => {
    const { program, diagnostics } = compile({ path: 't.clipx', text: source(), host: repository });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(program).toBeDefined();
  });

  it.each([
    ['a sound without a window of 25 ms', source().replace('(sound)\n', '(sharp)\n'), 'CX5006'],
    ['patches larger than the picture', source().replace('patch: 4', 'patch: 14'), 'CX5006'],
  ])('refuses %s', (_what, text, code) => {
    expect(checkedOf(text).diagnostics.map((each) => each.code)).toContain(code);
  });
});
