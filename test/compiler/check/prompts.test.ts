/** What a prompt may hold, and what a person reads where it may not. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';

const text = (declarations: string): string => `clipx 1
experiment t
input yaw : scalar
input picture : image(8)
data d = folder("d") { yaw: "json.yaw"  picture: "png" }
vocabulary animal = ["cat", "dog"]
vocabulary tally from 1..3
frozen encoder clip = clip(joint: 8, image: vit(size: 8, patch: 4, width: 8, layers: 1, heads: 2), text: text_transformer(context: 12, vocabulary: 50, width: 8, layers: 1, heads: 2))
trainable param ctx : [context: 4, clip.text.width] = normal(1)
trainable param meaning : [clip.joint] = normal(1)
${declarations}
let t = clip.text(p)
loss L = mean(t ^ 2) + mean(ctx ^ 2) + mean(meaning ^ 2)
minimize L
train on d { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
`;

function checked(declarations: string): { readonly axes: readonly string[]; readonly faults: readonly string[] } {
  const { checked: found, diagnostics } = compile({ path: 't.clipx', text: text(declarations), host: { readText: () => undefined }, until: 'check' }); // prettier-ignore
  const value = found?.values.find(({ name }) => name === 't')?.typed;
  return {
    axes: value?.type.axes.map(({ name }) => name) ?? [],
    faults: diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`),
  };
}

describe('the axes of a prompt', () => {
  it.each([
    ['prompt p = "a cat"', ['joint']],
    ['prompt p over animal = "a {animal}"', ['animal', 'joint']],
    ['prompt p over animal = ["a {animal}", "{animal}"]', ['template', 'animal', 'joint']],
    ['prompt p over animal = "{ctx} {animal}"', ['animal', 'joint']],
    ['let πx = ctx * yaw\nprompt p over animal = "{πx} {animal}"', ['batch', 'animal', 'joint']],
    ['trainable param own : [animal, context: 4, clip.text.width] = normal(1)\nprompt p over animal = "{ctx + own} {animal}"', ['animal', 'joint']],
    ['prompt p = "look {round(yaw)}"', ['batch', 'joint']],
    ['prompt p over tally = "{abs(tally.value)} of {tally}"', ["tally", "joint"]],
    ['prompt one(v) = "a {v}"\nprompt two(a, b) = "{a} {b}"\nprompt p over animal = "{animal}"\nlet u = clip.text(two(animal, tally))', ['animal', 'joint']],
  ])('%s', (declarations, axes) => {
    expect(checked(declarations)).toEqual({ axes, faults: [] });
  }); // prettier-ignore
});

describe('what a prompt may not hold', () => {
  it.each([
    ['prompt p = "a {animal}"', 'CX5002 the prompt is not over `animal`'],
    ['prompt p over animal = "a cat"', 'CX5002 the template has no slot for `animal`'],
    ['prompt p over animal = "{animol}"', 'CX2001 there is nothing called `animol` for this slot'],
    ['prompt p over tally = "{tally.valu}"', 'CX2010 the vocabulary `tally` has no column `valu`'],
    ['prompt p = "{mean(yaw)} {mean(yaw, over: batch)}"', 'CX5002 this is not known for one sample or one entry alone, so it can not be written out'],
    ['prompt p over animal = "{tally.value} {animal}"', 'CX5002 the slot has a value for each `tally`, and the prompt is not over it'],
    ['prompt p over animal = "{meaning} {animal}"', 'CX3003 `meaning` has vectors of `clip.joint`, and `clip.text` reads `clip.text.width`'],
    ['prompt p over animal = "{ctx} {ctx} {ctx} {animal}"', 'CX5006 the prompt needs 14 places for its vectors, start and end, and `clip.text` has 12'],
    ['fn w(x) = where(x > 0, "a", 1)\nprompt p = "{w(yaw)}"', 'CX3007 `where` chooses between two numbers or two texts, and these are one of each'],
  ])('%s', (declarations, fault) => {
    expect(checked(declarations).faults).toContain(fault);
  }); // prettier-ignore
});
