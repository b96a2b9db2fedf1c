/** Options of figures: what is written is heeded, or told. */
import { expect, test } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';

const told = (figure: string): readonly string[] => {
  const text = `clipx 1
experiment t
axis d = 4
axis stroke: item = 3
axis corner: position = 4
axis xy = 2
vocabulary class = ["a", "b"]
input x: vector(d)
input label: class(class)
input picture: image(8)
input m: map(8)
data a = jsonl("a.jsonl") { x: "x"  label: "label"  picture: "png"  m: "map.png" }
trainable module C = linear(d -> class)
trainable param P: [stroke, corner, xy] = normal(1)
let s = C(x)
loss L = mean(logsumexp(s, over: class) - s[class: label]) + mean(P ^ 2)
minimize L
train on a { steps: 2  batch: 4  optimizer: sgd(lr: 1) }
evaluate on a { metric error = mean(argmax(s, over: class) == label) }
figure f = ${figure}
`;
  const { diagnostics } = compile({ path: 't.clipx', text, host: { readText: () => undefined }, until: 'check' });
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`);
};

test.each([
  'curve(L, error)',
  'samples(x, label, by: label, count: 12)',
  'table(x, by: label)',
  'table(mean(s, over: batch), over: class)',
  'heatmap(s, by: argmax(s, over: class))',
  'heatmap(m, over: picture)',
  'strokes(P, every: 100)',
  'strokes(P, every: 1 epoch, pen: 0.5)',
])('%s is legal', (figure) => {
  expect(told(figure)).toEqual([]);
});

test.each([
  ['curve(L, by: label)', 'CX2010 `curve` has no option `by`'],
  ['curve(L, every: 2 steps)', 'CX2010 `curve` has no option `every`'],
  ['samples(x, by: x)', 'CX3010 `by:` groups samples by one value of each'],
  ['table(mean(s, over: batch), by: label)', 'CX3010 this `table` shows no samples that could be grouped'],
  ['table(s, over: xy)', 'CX3003 `over:` is an axis of what the `table` shows'],
  ['heatmap(m, over: x)', 'CX3003 `over:` is an axis of what the `heatmap` shows, or a picture'],
  ['strokes(P, every: 0)', 'CX5006 `every` is a time in training, longer than nothing'],
  ['strokes(P, every: 1.5 steps)', 'CX5006 `every` is a time in training, longer than nothing'],
  ['strokes(P, every: 3 s)', 'CX5003 `every` is a time in training'],
  ['strokes(P, pen: label)', 'CX5006 `pen` is a number from 0 to 100'],
  ['samples(x, count: 0)', 'CX5006 `count` is a whole number from 1 to 64'],
])('%s is told', (figure, expected) => {
  expect(told(figure)).toEqual([expected]);
});
