/** `draws: 5 of view`: in the evaluation the view has an axis of draws, and so has all that is made of it. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { printValueType } from '../../../src/compiler/types/value-type.ts';

function check(metric: string): readonly string[] {
  const text = `clipx 1
experiment t
input face : image(8)
data d = jsonl("d.jsonl") { face: "face" }
augment v = face |> flip(50 %)
let w = v
let z = mean(w, over: [height, width])
trainable param one = 1
loss L = one * mean(z)
minimize L
train on d { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
evaluate on d { draws: 5 of v  metric m = ${metric} }
`;
  const { diagnostics, checked } = compile({ path: 't.clipx', text, host: { readText: () => undefined }, until: 'check' }); // prettier-ignore
  const faults = diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`); // prettier-ignore
  const types = checked?.stages.flatMap((stage) => stage.evaluations.flatMap((each) => each.metrics.map(({ typed }) => printValueType(typed.type)))); // prettier-ignore
  return faults.length > 0 ? faults : (types ?? []);
}

describe('draws of a view', () => {
  it('are an item axis of what reads it', () => {
    expect(check('mean(z, over: [batch, channel])')).toEqual(['[draw]']);
    expect(check('mean(mean(z, over: draw))')).toEqual(['[]']);
  });

  it('are one number of no axis elsewhere', () => {
    expect(check('mean(face, over: draw)')).toEqual(['CX2011: there is no axis called `draw` here']);
  });
});
