/** A path that leads to no part is told by `check`, with the nearest that does. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { repositoryHost } from '../../support/repository-host.ts';

const told = (lines: string, stage = ''): string[] => {
  const text = `clipx 1
experiment t
axis d = 4
vocabulary class = ["a", "b"]
input x : image(224)
input y : class(class)
input v : vector(d)
data seen = jsonl("seen.jsonl") { x: "x"  y: "y"  v: "v" }
module mine(to) {
  param gain : [d] = ones
  layer inner = linear(d -> to)
  layer deep  = linear(d -> hidden(3)) |> relu |> linear(hidden -> to)
  forward(z) = deep(gain * inner(z))
}
${lines}
prompt p over class = "a {class}"
let e = clip.image(x)
let t = clip.text(p)
loss L = mean(-log_softmax(cos(e, t), over: class)[class: y]) + mean(N(v) ^ 2) + mean(M(v) ^ 2) + mean(Q(v) ^ 2)
stage one {
  ${stage}
  minimize L
  train on seen { steps: 10  batch: 8  optimizer: adam(lr: 1e-3) }
}
`;
  const { diagnostics } = compile({ path: 'experiment.clipx', text, host: repositoryHost, until: 'check' });
  return diagnostics.map(({ code, message, suggestion }) => `${code}: ${message}${suggestion === undefined ? '' : `, ${suggestion}?`}`); // prettier-ignore
};

const parts = (settings = '', ofMine = ''): string => `trainable encoder clip = clip("weights/clipx-tiny") ${settings}
trainable module N = mine(d) ${ofMine}
trainable module M = linear(d -> d)
trainable module Q = mlp(d -> hidden(5) -> d)`;

describe('a path to a part', () => {
  it.each([
    ['frozen clip.image.blocks[0]'],
    ['frozen clip.text.blocks[-1].attention'],
    ['frozen clip.text'],
    ['frozen clip.logit_scale'],
    ['frozen N.inner'],
    ['frozen N.deep'],
    ['frozen N.deep[2].weight'],
    ['frozen N.gain'],
    ['frozen M.weight'],
    ['frozen Q.layers[1]'],
  ])('leads somewhere: %s', (line) => {
    expect(told(`${parts()}\n${line}`)).toEqual([]);
  });

  it.each([
    ['frozen clip.image.patch', 'CX4005: `clip` has no part `image.patch`, image.stem?'],
    [
      'frozen clip.text.blocks[0].atention',
      'CX4005: `clip` has no part `text.blocks.0.atention`, text.blocks.0.attention?',
    ],
    ['frozen clip.image.block[0]', 'CX4005: `clip` has no part `image.block.0`, image.blocks.0?'],
    ['frozen N.iner', 'CX4005: `N` has no part `iner`, inner?'],
    ['frozen N.gains', 'CX4005: `N` has no part `gains`, gain?'],
    ['frozen N.deep[2].wait', 'CX4005: `N` has no part `deep.2.wait`, deep.2.weight?'],
    ['frozen M.weigth', 'CX4005: `M` has no part `weigth`, weight?'],
    ['frozen Q.layers[2]', 'CX4005: `Q` has no part `layers.2`, layers.0?'],
  ])('leads nowhere: %s', (line, message) => {
    expect(told(`${parts()}\n${line}`)).toEqual([message]);
  });

  it('is looked at in braces and in stages too', () => {
    expect(told(parts('{ frozen image.patch }'))).toEqual([expect.stringMatching(/^CX4005: `clip` has no part/)]);
    expect(told(parts('', '{ iner.lr: 1e-5 }'))).toEqual([expect.stringMatching(/^CX4005: `N` has no part/)]);
    expect(told(parts(), 'trainable clip.image.patch, N, M, Q')).toEqual([expect.stringMatching(/^CX4005: `clip`/)]);
  });
});
