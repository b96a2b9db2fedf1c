/** The proof that a text can be found word by word: which equations it takes, and which operation it names in those that it refuses. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { graphInputs } from '../../../src/compiler/ir/graph.ts';
import { tensorOf, type TensorData } from '../../../src/compiler/ir/tensor-data.ts';
import { elementCount } from '../../../src/compiler/types/dtype.ts';
import { stream } from '../../../src/runtime/random.ts';
import { runFunction } from '../../support/run-function.ts';

const source = (model: string, options = ''): string => `clipx 1
experiment t
axis d = 3
axis width = 8
input x : vector(d)
input said : text
input other : text
input frames : frames(4, size: 16)
data all = jsonl("rows.jsonl") { x: "x"  said: "said"  other: "other"  frames: "frames" }
tokenizer w = wordpiece("pieces.txt", max: 6, pieces: 11)
tokenizer v = wordpiece("others.txt", max: 6, pieces: 11)
frozen encoder clip = clip(
  joint: 8, image: vit(size: 16, patch: 8, width: 8, layers: 1, heads: 1),
  text: text_transformer(context: 6, vocabulary: 11, width: 8, layers: 1, heads: 1), init: random,
)
trainable module table = embedding(w.piece -> width)
trainable module out = linear(width -> w.piece)
let ids = w(said)
let e   = table(ids)[token: 0..-2]
${model}
let told = generate(p, for: said${options})
loss L = mean(p) + mean(out(e)) + mean(table.table)
minimize L
train on all { steps: 1  batch: 2  optimizer: sgd(lr: 1) }
evaluate on all { metric B = bleu(told, said)  metric C = mean(clip.text(other)) }
`;

const host = { readText: (): undefined => undefined };

function checked(model: string, options = ''): { readonly faults: readonly string[]; readonly labels: readonly string[]; readonly ahead: number | undefined } {
  const text = source(model, options);
  const { diagnostics, checked: found } = compile({ path: 't.clipx', text, host, until: 'check' });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const told = found?.values.find(({ name }) => name === 'told')?.typed;
  return {
    faults: errors.map(({ code, message }) => `${code}: ${message}`),
    labels: errors.flatMap(({ related = [] }) => related.map(({ span, label }) => `${text.slice(span.start, span.end)}: ${label}`)),
    ahead: told?.op === 'generate' ? told.attributes.ahead : undefined,
  };
} // prettier-ignore

const causal: readonly (readonly [string, string, number])[] = [
  ['words one by one', 'let p = out(e)', 1],
  ['words moved by one', 'let p = out(shift(table(ids), by: 1, over: token))', 0],
  ['words moved by one, with what fills', 'let p = out(table(shift(ids, by: 1, over: token, fill: 0)))', 0],
  ['a decoder', 'trainable module b = decoder(layers: 2, heads: 2)\nlet p = out(b(e, memory: stack(linear_(x), linear_(x)) as part))\ntrainable module linear_ = linear(d -> width)', 1],
  ['a causal transformer', 'trainable module b = transformer(layers: 2, heads: 2, causal: on)\nlet p = out(b(e))', 1],
  ['a transformer with a condition', 'trainable module b = transformer(layers: 2, heads: 2)\nlet p = out(b(e, where: index(token, like: e)[token as key] <= index(token, like: e)))', 1],
  ['recurrence', 'trainable module b = gru(width -> width)\nlet p = out(b(e))', 1],
  ['a running sum', 'let p = out(cumsum(e, over: token))', 1],
  ['attention by hand', 'let s = softmax(dot(e, e[token as key], along: width), over: key, where: index(token, like: e)[token as key] <= index(token, like: e))\nlet p = out(sum(s * e[token as key], over: key))', 1],
  ['a mean of the words before', 'let p = out(mean(e[token as key], over: key, where: index(token, like: e)[token as key] <= index(token, like: e)))', 1],
  ['words beside other things', 'let u = concat(e, stack(still, still) as part, along: [token, part]) as slot\ntrainable param still : [width] = zeros\nlet o = index(slot, like: u)\ntrainable module b = transformer(layers: 3, heads: 2)\nlet p = out(b(u, where: o[slot as key] >= 5 or o[slot as key] <= o and o < 5)[slot: 0..4 as token])', 1],
  ['the text tower of CLIP', 'trainable module o = linear(clip.joint -> clip.text.entry)\nlet p = o(clip.text.tokens(said)[token: 0..-2])', 1],
  ['another text, whole', 'let p = out(e + mean(table(w(other)), over: token))', 1],
  ['a branch that the file chooses', 'let p = out(where(index(token, like: e) >= 0, e, shift(e, by: -1, over: token, fill: 0)))', 1],
  ['nothing times a later word', 'let p = out(e + 0 * (index(token, like: e) < 0) * shift(e, by: -1, over: token, fill: 0))', 1],
]; // prettier-ignore

/** The scores of one place, of words drawn at random and all else held. */
function scoresOf(model: string): (ids: readonly number[], end: number, place: number) => readonly number[] {
  const { program, diagnostics } = compile({ path: 't.clipx', text: source(model), host, unbuilt: 'stand-in' });
  const scores = program?.stages[0]?.evaluations[0]?.texts?.generations[0]?.scores;
  if (scores === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const rows = 2;
  const held = Object.fromEntries(graphInputs(scores.graph).map(({ name, type }): [string, TensorData] => {
    const drawn = stream(3, name);
    const whole = type.dtype !== 'f32';
    return [name, tensorOf(type.dtype, type.shape, Array.from({ length: elementCount(type.shape) }, (_, at) => (whole ? 1 : 2 * drawn.uniform(at) - 1)), 'f64')];
  }));
  const fed = (part: 'ids' | 'length' | 'place', values: readonly number[]): Record<string, TensorData> =>
    Object.fromEntries(graphInputs(scores.graph).flatMap(({ name, type }) => {
      const from = scores.inputs[name];
      return from?.kind === 'generated' && from.part === part ? [[name, tensorOf(type.dtype, type.shape, values, 'f64')]] : [];
    }));
  return (ids, end, place) => {
    const feeds = { ...held, ...fed('ids', Array.from({ length: rows }, () => ids).flat()), ...fed('length', [end, end]), ...fed('place', [place]) };
    return [...(runFunction(scores, feeds)['scores']?.data ?? [])];
  };
} // prettier-ignore

describe('scores that see earlier words alone', () => {
  it.each(causal)('%s', (_, model, ahead) => {
    const { faults, ahead: found } = checked(model);
    expect(faults).toEqual([]);
    expect(found).toBe(ahead);
  });

  it.each(causal)('%s: no later word changes them, on the reference engine', (_, model, ahead) => {
    const scores = scoresOf(model);
    const words = [2, 5, 7, 4, 9, 3];
    const gap = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? Number.NaN)))); // prettier-ignore
    for (let place = 1 - ahead; place < 6 - ahead; place++) {
      const whole = scores(words, 5, place);
      // word `next` is scored here: it and those behind it are not found yet
      const next = place + ahead;
      for (const end of [next - 1, 5]) {
        const others = words.map((word, at) => (at < next ? word : (word + 3 + end) % 11));
        expect(gap(scores(others, end, place), whole)).toBeLessThan(1e-9);
      }
      const before = words.map((word, at) => (at === next - 1 ? (word + 1) % 11 : word));
      expect(gap(scores(before, 5, place), whole)).toBeGreaterThan(1e-6);
    }
  });
});

it('scores one place: no value has every place and every piece', () => {
  for (const [, model] of causal) {
    const { program } = compile({ path: 't.clipx', text: source(model), host });
    const graph = program?.stages[0]?.evaluations[0]?.texts?.generations[0]?.scores.graph;
    const both = graph?.nodes.filter(({ type }) => type.shape.includes(11) && type.shape.some((size) => size === 5 || size === 6)); // prettier-ignore
    expect(both).toEqual([]);
  }
});

const later: readonly (readonly [string, string, RegExp])[] = [
  ['a decoder that sees all', 'trainable module b = decoder(layers: 1, heads: 2, causal: off)\ntrainable module m = linear(d -> width)\nlet p = out(b(e, memory: stack(m(x), m(x)) as part))', /^b\(e.*`b` brings it there$/],
  ['a transformer', 'trainable module b = transformer(layers: 1, heads: 2)\nlet p = out(b(e))', /^b\(e\): `b` brings it there$/],
  ['a mean over the words', 'let p = out(e + mean(e, over: token))', /^mean\(e, over: token\): `mean` brings it there$/],
  ['a softmax over the words', 'let p = out(softmax(e, over: token))', /`softmax` brings it there$/],
  ['words that were not moved', 'let p = out(table(ids)[token: 1..-1])', /brings it there$/],
  ['words moved the other way', 'let p = out(shift(e, by: -1, over: token))', /brings it there$/],
  ['words in reverse', 'trainable module b = gru(width -> width)\nlet p = out(reverse(b(reverse(e, over: token)), over: token))', /brings it there$/],
  ['a convolution', 'trainable module b = temporal_conv(width -> width, kernel: 3)\nlet p = out(b(e))', /^b\(e\): `b` brings it there$/],
  ['a sentence of CLIP', 'trainable module m = linear(clip.joint -> width)\nlet p = out(e + m(clip.text(said)))', /brings it there$/],
  ['attention that skips a place', 'trainable module b = attention(width, heads: 2)\nlet p = out(b(e, where: index(token, like: e)[token as key] <= index(token, like: e) + 1))', /`b` brings it there$/],
  ['two layers that see one place ahead of another', 'let u = concat(e, e, along: token) as slot\nlet p = out(u[slot: 1..5 as token])', /brings it there$/],
]; // prettier-ignore

describe('scores that see later words', () => {
  it.each(later)('%s', (_, model, label) => {
    const { faults, labels } = checked(model);
    expect(faults.filter((fault) => fault.startsWith('CX3020'))).toHaveLength(1);
    expect(faults.find((fault) => fault.startsWith('CX3020'))).toMatch(/^CX3020: the scores at `\w+` \d+ read word \d+, which is found after them$/); // prettier-ignore
    expect(labels.join('\n')).toMatch(label);
  });
});

describe('what is no text of one sample', () => {
  it.each([
    ['let p = out(e - mean(e, over: batch))', 'CX3020: the scores of one sample depend on other samples'],
    ['let p = out(table(w(other))[token: 0..-2])', 'CX3006: the scores do not read the words that are to be found'],
    ['let p = e', 'CX3003: the scores are of each piece of the text, at each place of it'],
    ['trainable module again = embedding(v.piece -> width)\nlet p = out(e + again(v(said))[token: 0..-2])', 'CX3020: the scores read the words as two tokenizers cut them, and one finds them'],
  ])('%s', (model, fault) => {
    expect(checked(model).faults).toContain(fault);
  }); // prettier-ignore

  it('has room for as many words as have scores', () => {
    expect(checked('let p = out(e)', ', max: 6').faults).toEqual([]);
    expect(checked('let p = out(e)', ', max: 7').faults).toEqual([
      'CX5006: 6 words have scores, and `max:` asks for 7',
    ]);
    expect(checked('let p = out(e[token: 0..2])', ', max: 5').faults).toEqual(['CX5006: 4 words have scores, and `max:` asks for 5']); // prettier-ignore
  });
});
