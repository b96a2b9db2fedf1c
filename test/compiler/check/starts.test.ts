/** What a param may start from. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';

const source = (start: string): string => `clipx 1
experiment t
axis d = 3
input x : vector(d)
data seen = jsonl("seen.jsonl") { x: "x" }
trainable param p : [d] = ${start}
loss L = mean((x - p) ^ 2)
minimize L
train on seen { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
evaluate on seen { metric size = mean(p ^ 2) }
`;

function faults(start: string, until?: 'check'): string[] {
  const { diagnostics } = compile({ path: 't.clipx', text: source(start), host: { readText: () => undefined }, ...(until && { until }) }); // prettier-ignore
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`);
}

describe('the start of a param', () => {
  it.each(['0.5', 'normal(1)', 'index(d) / 2', 'cumsum(index(d), over: d)'])('may be %s', (start) => {
    expect(faults(start)).toEqual([]);
  });

  it('may be the column of a vocabulary', () => {
    const text = source('far.metres').replace('axis d = 3', 'vocabulary far { "near": { metres: 1.5 }  "middle": { metres: 2 }  "away": { metres: 3 } }').replace('input x : vector(d)', 'input x : labels(far)').replace(': [d]', ': [far]'); // prettier-ignore
    const { program, diagnostics } = compile({ path: 't.clipx', text, host: { readText: () => undefined } });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(program?.parameters.find(({ owner }) => owner === 'p')?.init).toEqual({
      kind: 'values',
      values: [1.5, 2, 3],
    });
  });

  it('may shuffle numbers along one axis, once', () => {
    const { program, diagnostics } = compile({ path: 't.clipx', text: source('shuffle(index(d), over: d)'), host: { readText: () => undefined } }); // prettier-ignore
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(program?.parameters.find(({ owner }) => owner === 'p')?.init).toEqual({ kind: 'values', values: [0, 1, 2], shuffled: true }); // prettier-ignore
  });

  it('may draw within a formula', () => {
    expect(faults('2 * shuffle(index(d), over: d)')).toEqual([]);
    expect(faults('1 + uniform([d])')).toEqual([]);
  });

  it('may be a picture, of a size that the tensor has', () => {
    const picture = (axes: string): string[] => {
      const text = source('0').replace('loss L', `trainable param canvas : [${axes}] = image("x.png")\nloss L`).replace('(x - p)', '(x - p - mean(canvas))'); // prettier-ignore
      const { diagnostics } = compile({ path: 't.clipx', text, host: { readText: () => undefined } });
      return diagnostics
        .filter(({ severity }) => severity === 'error')
        .map(({ code, message }) => `${code} ${message}`);
    };
    expect(picture('height: 4, width: 6, channel: 3')).toEqual([]);
    expect(picture('height: 4, width: 6')).toEqual([]);
    for (const axes of ['width: 6, height: 4', 'height: 4, width: 6, channel: 4', 'd'])
      expect(picture(axes)).toEqual(['CX3003 a picture has height, width and, in colours, 3 channels']);
  });

  it('is nothing that a sample tells', () => {
    expect(faults('mean(x, over: batch)', 'check')).toEqual(['CX3011 `p` starts from what only a run tells']);
    expect(faults('shuffle(mean(x, over: batch), over: d)', 'check')).toEqual(['CX3011 `p` starts from what only a run tells']); // prettier-ignore
  });
});
