/** Which axes and masks the types of input bring, in the words of `explain`. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import type { Typed } from '../../../src/compiler/check/typed.ts';
import { printValueType } from '../../../src/compiler/types/value-type.ts';
import { repository } from '../../support/fixtures.ts';

/** The type and the mask of a column that a file declares by these lines. */
function typeOf(lines: string, column = 'x'): { readonly type: string; readonly mask: string } {
  const text = `clipx 1
experiment t
vocabulary animal = ["cat", "dog"]
axis d = 4
input a : vector(d)
${lines}
data seen = jsonl("seen.jsonl") { a: "a" }
trainable module M = linear(d -> d)
let found = ${column}
loss L = mean((M(a)) ^ 2)
minimize L
train on seen { steps: 10  batch: 8  optimizer: adam(lr: 1e-3) }
`;
  const { checked, diagnostics } = compile({ path: 't.clipx', text, host: repository });
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  const typed = checked?.values.find(({ name }) => name === 'found')?.typed;
  if (typed === undefined) throw new Error('nothing was checked');
  return { type: printValueType(typed.type), mask: typed.mask === undefined ? '' : printValueType(typed.mask.type) };
}

const printTyped = (typed: Typed | undefined): string => {
  if (typed?.op === 'cast') return printTyped(typed.args[0]);
  return typed === undefined
    ? ''
    : `${typed.op}${typed.args.length === 0 ? '' : `(${typed.args.map(printTyped).join(', ')})`}`;
};

describe('an input', () => {
  it.each([
    ['image(48, 80)', '[batch, height, width, channel]', ''],
    ['frames(12, size: 64, pick: uniform)', '[batch, frame, height, width, channel]', 'bool [batch, frame]'],
    ['frames(12, size: 48 x 80)', '[batch, frame, height, width, channel]', 'bool [batch, frame]'],
    ['audio(16 kHz, max: 5 s)', '[batch, time]', 'bool [batch, time]'],
    ['audio(8 kHz, max: 500 ms, stereo)', '[batch, ear, time]', 'bool [batch, time]'],
    ['points(1024)', '[batch, point, xyz]', 'bool [batch, point]'],
    ['map(24, 32) in m', '[batch, height, width]', ''],
    ['mask(24, animal)', 'index(animal) [batch, height, width]', 'bool [batch, height, width]'],
    ['class(animal)', 'index(animal) [batch]', ''],
    ['class(animal, open)', 'index(animal) [batch]', 'bool [batch]'],
    ['optional image(48)', '[batch, height, width, channel]', 'bool [batch]'],
    ['optional audio(8 kHz, max: 1 s)', '[batch, time]', 'bool [batch, time]'],
    ['scalar each segment(max: 4)', '[batch, segment]', 'bool [batch, segment]'],
    ['class(animal, open) each annotator(max: 3)', 'index(animal) [batch, annotator]', 'bool [batch, annotator]'],
  ])('%s', (type, expected, mask) => {
    expect(typeOf(`input x : ${type}`)).toEqual({ type: expected, mask });
  });

  it('shares the axis of a list with the inputs that name it, in any order', () => {
    const lines = 'input begin : scalar each segment\ninput end : scalar each segment(max: 4)';
    expect(typeOf(lines, 'end - begin')).toEqual({ type: '[batch, segment]', mask: 'bool [batch, segment]' });
  });

  it('that is a list of files has its axis before those of one, and becomes a program', () => {
    const text = `clipx 1
experiment t
axis d = 4
input a : vector(d)
input x : image(8) each shot(max: 3)
data seen = jsonl("seen.jsonl") { a: "a"  x: "x" }
trainable module M = linear(d -> d)
loss L = mean(M(a) ^ 2) + mean(x)
minimize L
train on seen { steps: 10  batch: 8  optimizer: adam(lr: 1e-3) }
`;
    const { program, diagnostics } = compile({ path: 't.clipx', text, host: repository });
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
    const inputs = (program?.stages[0]?.step?.graph.nodes ?? []).flatMap(({ op, attributes, type }) => op === 'input' ? [[(attributes as { name: string }).name, type.shape.join()]] : []); // prettier-ignore
    expect(Object.fromEntries(inputs)).toMatchObject({ 'column x': '8,3,8,8,3', 'column x.present': '8,3' });
  });

  it('that a data set replaces is read so in an evaluation, and where the set trains', () => {
    const codes = (trained: string): string[] => {
      const text = `clipx 1
experiment t
axis d = 4
input x : vector(d)
data seen = jsonl("seen.jsonl") { x: "x" }
data less = seen with x = 1 - x
trainable module M = linear(d -> d)
loss L = mean(M(x) ^ 2)
minimize L
train on ${trained} { steps: 10  batch: 8  optimizer: adam(lr: 1e-3) }
evaluate on seen, less { metric size = mean(x) }
`;
      const { checked, diagnostics } = compile({ path: 't.clipx', text, host: repository });
      const [plain, other] = checked?.evaluations.map(({ metrics }) => printTyped(metrics[0]?.typed)) ?? [];
      expect([plain, other]).toEqual(['reduce(column)', 'reduce(two(number, column))']);
      return diagnostics.map(({ code, message }) => `${code}: ${message}`);
    };
    expect(codes('seen')).toEqual([]);
    expect(codes('less')).toEqual([]);
  });

  it('is masked where a data set calls a value unknown', () => {
    const lines = 'input x : map(24, 32) in m\ndata rooms = shards("rooms.tar") { x: "depth.png" unknown 0 }';
    expect(typeOf(lines)).toEqual({ type: '[batch, height, width]', mask: 'bool [batch, height, width]' });
  });
});
