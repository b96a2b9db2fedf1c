/** Which tokenizer a text tower reads by, where nothing, a name or a file says so. */
import { describe, expect, it } from 'vitest';
import { compile, type Compilation } from '../../../src/compiler/compile.ts';

const compiled = (options: string): Compilation =>
  compile({
    path: 't.clipx',
    text: `clipx 1
experiment t
axis d = 4
input x : vector(d)
input y : class(animal)
vocabulary animal = ["cat", "dog"]
prompt named over animal = "a photo of a {animal}."
data seen = jsonl("seen.jsonl") { x: "x"  y: "y" }
frozen    encoder words = text_transformer(width: 8, layers: 1, heads: 2${options})
trainable module  M     = linear(d -> words.width)
loss L = mean(-log_softmax(cos(M(x), words(named)), over: animal)[animal: y])
minimize L
train on seen { steps: 1  batch: 2  optimizer: adam(lr: 1e-3) }
`,
    host: { readText: () => undefined },
  });

describe('a text tower', () => {
  it.each([
    ['', 'clip'],
    [', vocabulary: 4300', 'data/tokenizer/clip-small.json'],
    [', tokenizer: open_clip', 'open_clip'],
    [', tokenizer: "words/tokenizer.json"', 'words/tokenizer.json'],
    [', vocabulary: 49410, tokenizer: clip', 'clip'],
  ])('of `%s` reads by %s', (options, path) => {
    const { program, diagnostics } = compiled(options);
    expect(program?.tokenizers.map((one) => one.path) ?? diagnostics).toEqual([path]);
  });

  it('tells its tokenizer how many entries its table has', () => {
    expect(compiled(', vocabulary: 512, tokenizer: "tokenizer.json"').program?.tokenizers).toMatchObject([{ id: 'words', entries: 512 }]); // prettier-ignore
  });

  it.each([
    [', vocabulary: 4300, tokenizer: clip', 'CX5006: `clip` has 49408 tokens, and the table 4300 entries'],
    [', tokenizer: clipp', 'CX5006: `tokenizer` is a path or a name'],
    [', tokenizer: 3', 'CX5006: `tokenizer` is a path or a name'],
  ])('of `%s` is refused', (options, fault) => {
    expect(compiled(options).diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([fault]);
  });
});
