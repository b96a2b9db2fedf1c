/** Copies of encoders, and pictures put together of parts that lack the same samples. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';

function check(encoder: string, feature: string) {
  const text = `clipx 1
experiment t
input face : optional image(8)
data d = jsonl("d.jsonl") { face: "face" }
frozen    encoder E = vit(size: 8, patch: 4, width: 6, layers: 1, heads: 1, to: out) from run("pretrain")
trainable encoder C = ${encoder}
axis out = 4
let f = ${feature}
loss L = mean((f - E(face)) ^ 2)
minimize L
train on d { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
`;
  const { diagnostics, checked } = compile({ path: 't.clipx', text, host: { readText: () => undefined }, until: 'check' }); // prettier-ignore
  const faults = diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`); // prettier-ignore
  return { faults, instances: checked?.instances ?? [] };
}

describe('a copy of an encoder', () => {
  it('starts as the other, or anew with the same axes', () => {
    const origins = ['copy(E)', 'copy(E, init: random)'].map((encoder) => {
      const { faults, instances } = check(encoder, 'C(face)');
      expect(faults).toEqual([]);
      return instances.find(({ name }) => name === 'C')?.origin?.kind;
    });
    expect(origins).toEqual(['part', undefined]);
  });

  it('is made in no other way', () => {
    expect(check('copy(E, init: zeros)', 'C(face)').faults).toContain('CX3006: `copy` takes one encoder');
    expect(check('copy(E, to: out)', 'C(face)').faults).toContain('CX3006: `copy` takes one encoder');
  });
});

describe('parts with one mask', () => {
  it('make a whole with that mask: pixels that are stacked are no masked pixels', () => {
    const channels = 'face[channel: 0], face[channel: 1], face[channel: 2]';
    expect(check('copy(E)', `C(stack(${channels}) as channel)`).faults).toEqual([]);
  });

  it('have masks of their own where they lack other samples', () => {
    const channels = 'face[channel: 0], only(face[channel: 1], face[channel: 1] > 0), face[channel: 2]';
    expect(check('copy(E)', `C(stack(${channels}) as channel)`).faults).toEqual(['CX3007: `C` reads whole images, and of this some pixels are masked']); // prettier-ignore
  });
});

describe('tokens of which some are masked', () => {
  it('are pooled to a vector that is masked as a whole, or not', () => {
    const tokens = 'C.hidden(face)';
    const joined = `concat(only(${tokens}[token as place], index(place) > 0), ${tokens}[token as place], along: place as token)`;
    expect(check('copy(E)', `C.pool(only(${tokens}, index(token, like: ${tokens}) > 0))`).faults).toEqual([]);
    expect(check('copy(E)', `C.pool(${joined})`).faults).toEqual([]);
  });
});
