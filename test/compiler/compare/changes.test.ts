import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeClasses, ruleTable, type RuleId } from '../../../src/compiler/compare/change.ts';
import { compareExperiments, type ComparedExperiment, type Comparison } from '../../../src/compiler/compare/changes.ts';
import { diffDocument, renderDiffText } from '../../../src/compiler/compare/render-diff.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { parse } from '../../../src/compiler/parse/parse.ts';
import { print } from '../../../src/compiler/syntax/print.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

const library = `clipx 1

fn mse(a, b, scale = 1) {
  let gap = scale * (a - b)
  return mean(gap ^ 2)
}
fn spread(x) = mean(abs(x - x[batch as other]))
fn draw_order(x) = mean(shuffle(x, over: batch) * x)
`;

const base = `clipx 1

experiment small "Small"

use "losses.clipx" { mse, spread, draw_order }

axis joint = 4
axis wide = 6
input a : vector(joint)
input b : vector(joint)
input picture : image(8)
input kind : class(sort)
input unread : id

data source = jsonl("source.jsonl") { a: "a"  b: "b"  picture: "png"  kind: "kind"  unread: "id" }
data target = jsonl("target.jsonl") like source |> filter(kind != "c") |> mark(test)
data spare  = jsonl("spare.jsonl") like source

vocabulary sort { known: ["a", "b"]  other: ["c"] }
vocabulary word { all: ["red", "green"] }
prompt colour over word = "a {word} thing"
prompt named over sort = "of sort {sort}"

trainable encoder clip = clip(
  joint: 4,
  image: residual(size: 8, width: 4, blocks: [4, 4], strides: [1, 2]),
  text: text_transformer(context: 12, vocabulary: 20, width: 8, layers: 2, heads: 2, tokenizer: "tokenizer.json"),
  init: random,
) { logit_scale { lr_scale: 10 } }
trainable module M = mlp(joint -> hidden(8) -> joint)
trainable module N = linear(joint -> joint)
trainable param bias : [joint] = normal(0.1)

const tau = 2.0
let m = M(a)
let n = N(b) + bias
let u = clip.image(picture)
let t = clip.text(colour)
let s = cos(u, clip.text(named)) / tau

loss L_near = mse(m, n)
loss L_size = mean(m ^ 2)
loss L_text = exp(clip.logit_scale) * mean(cos(u, t)) + mean(s)
loss L_rest = spread(m) + draw_order(n)

weight near = 1
weight size = 0.5
weight text = ramp(0 -> 1, over: 2 epochs)

minimize near * L_near + size * L_size + text * L_text + 0.5 * L_rest

train on source {
  epochs: 3
  batch: 16
  optimizer: adamw(lr: 1e-3, decay: 0.1)
  schedule: cosine(warmup: 1 epoch)
  clip_gradient: 1
}

evaluate on target {
  metric error = mse(m, n)
  metric top = mean(argmax(s, over: sort) == kind) in %
}

ablate terms {
  "no size": size = 0
  "both": near = 2, size = 1
}
seeds 1..2
expect error < error of "no size"
`;

function compiled(text: string, losses = library): ComparedExperiment {
  const host = { readText: (path: string) => (path === 'losses.clipx' ? losses : undefined) };
  const { checked, program, graph, diagnostics } = compile({ path: 'small.clipx', text, host });
  const errors = diagnostics.filter((it) => it.severity === 'error').map((it) => `${it.code} ${it.message}`);
  if (checked === undefined || program === undefined) throw new Error(errors.join('\n'));
  return { checked, program, graph };
}

const unchanged = compiled(base);

function edited(text: string, from: string | RegExp, to: string): string {
  const after = typeof from === 'string' ? text.replaceAll(from, to) : text.replace(from, to);
  if (after === text) throw new Error(`there is no ${String(from)}`);
  return after;
}

const compared = (from: string | RegExp, to: string): Comparison =>
  compareExperiments(unchanged, compiled(edited(base, from, to)));

const rules = (comparison: Comparison): string[] => comparison.changes.map((it) => `${it.class} ${it.rule} ${it.path}`);

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL('../../../schemas/diff.json', import.meta.url), 'utf8')) as object,
);

describe('what means the same is no change', () => {
  const same: [string, (text: string) => string, ((losses: string) => string)?][] = [
    ['the same file', (text) => text],
    ['comments and blanks', (text) => text.replaceAll('\nlet ', '\n\n# a remark\nlet ').replaceAll(' = ', '   =  ')],
    ['what the formatter prints', (text) => print(parse({ path: 'small.clipx', text }).file)],
    ['the order of lets', (text) => edited(text, /(let m = .*\n)(let n = .*\n)/, '$2$1')],
    ['the order of inputs', (text) => edited(text, /(input a .*\n)(input b .*\n)/, '$2$1')],
    ['the order of modules', (text) => edited(text, /(trainable module M.*\n)(trainable module N.*\n)/, '$2$1')],
    ['the order of terms', (text) => edited(text, 'near * L_near + size * L_size', 'size * L_size + near * L_near')],
    ['the order of what a row sets', (text) => edited(text, 'near = 2, size = 1', 'size = 1, near = 2')],
    ['the name of a let', (text) => text.replaceAll(/\bm\b/g, 'image_of_a').replaceAll(/\bs\b/g, 'score')],
    ['the name of a const', (text) => text.replaceAll('tau', 'temperature')],
    ['the name of an axis', (text) => text.replaceAll(/\bjoint\b(?!:)/g, 'shared').replaceAll('wide', 'broad')],
    ['the name of an axis born in a fn', (text) => text, (losses) => losses.replaceAll('other', 'second')],
    ['a let inside a fn', (text) => text, (losses) => losses.replaceAll('gap', 'difference')],
    ['a fn inlined by hand', (text) => edited(text, 'spread(m)', 'mean(abs(m - m[batch as pair]))')],
    ['a let that nothing reads', (text) => edited(text, 'let m =', 'let nobody = mean(abs(b))\nlet m =')],
  ];
  test.each(same)('%s', (_name, edit, editLibrary) => {
    const comparison = compareExperiments(unchanged, compiled(edit(base), editLibrary?.(library) ?? library));
    expect(rules(comparison)).toEqual([]);
    expect(comparison).toMatchObject({ identical: true, comparable: true, trainable: unchangedCounts() });
    expect(comparison.digests.after).toEqual(comparison.digests.before);
    expect(renderDiffText(comparison, { base: 'a', head: 'b' })).toContain('no difference in meaning');
  });
});

function unchangedCounts() {
  const { trainable } = compareExperiments(unchanged, unchanged);
  return { before: trainable.before, after: trainable.before };
}

/** Rule → edits that it alone tells, as `class path`. Every rule but `meaning` has one. */
const cases: Partial<Record<RuleId, readonly (readonly [string | RegExp, string, string])[]>> = {
  'loss-added': [['size * L_size', 'size * L_size + 0.1 * L_more\nloss L_more = mean(n ^ 2)', 'training loss L_more']],
  'loss-removed': [[' + size * L_size', '', 'training loss L_size'], ['weight size = 0.5', 'weight size = 0', 'training loss L_size']],
  'loss-renamed': [['L_size', 'L_small', 'cosmetic loss L_size']],
  'loss-weight': [['weight size = 0.5', 'weight size = 1', 'training loss L_size'], ['0 -> 1', '0 -> 2', 'training loss L_text']],
  'loss-formula': [['loss L_size = mean(m ^ 2)', 'loss L_size = mean(abs(m))', 'training loss L_size']],
  'value-formula': [['clip.text(named)) / tau', 'clip.text(named)) * tau', 'protocol let s'], ['let t = clip.text(colour)', 'let t = stop(clip.text(colour))', 'training let t']],
  'constant-value': [['tau = 2.0', 'tau = 3.0', 'protocol const tau']],
  'part-added': [['let m = M(a)', 'trainable module O = linear(joint -> joint)\nlet m = O(M(a))', 'training module O']],
  'part-removed': [[/trainable module M.*\n([\s\S]*)M\(a\)/, '$1a * bias', 'training module M']],
  'part-renamed': [[/module N( =[\s\S]*)N\(b\)/, 'module Other$1Other(b)', 'runtime module N']],
  'part-trainable': [['trainable module N', 'frozen module N', 'training module N'], ['logit_scale { lr_scale: 10 }', 'logit_scale { lr_scale: 10 } frozen text', 'training encoder clip'], ['trainable param', 'frozen param', 'training param bias']],
  'part-settings': [['lr_scale: 10', 'lr_scale: 5', 'training encoder clip']],
  'part-size': [['hidden(8)', 'hidden(9)', 'training module M'], ['layers: 2', 'layers: 3', 'training encoder clip']],
  'part-weights': [['normal(0.1)', 'normal(0.2)', 'training param bias']],
  'input-type': [['image(8)', 'image(8, fit: contain)', 'protocol input picture']],
  'input-renamed': [[/\bpicture\b/g, 'photo', 'cosmetic input picture']],
  'prompt-text': [['"a {word} thing"', '"one {word} thing"', 'training prompt colour'], ['"of sort {sort}"', '"of kind {sort}"', 'protocol prompt named']],
  'prompt-renamed': [['colour', 'color', 'cosmetic prompt colour']],
  'vocabulary-entries': [['"red", "green"', '"red", "blue"', 'training vocabulary word'], ['other: ["c"]', 'other: ["c", "d"]', 'protocol vocabulary sort']],
  'vocabulary-added': [['vocabulary word', 'vocabulary idle { all: ["x"] }\nvocabulary word', 'cosmetic vocabulary idle']],
  'vocabulary-renamed': [['word', 'shade', 'cosmetic vocabulary word']],
  'data-added': [['data spare', 'data more = jsonl("more.jsonl") like source\ndata spare', 'cosmetic data more']],
  'data-removed': [[/data spare.*\n/, '', 'cosmetic data spare']],
  'data-renamed': [[/(data source|like source|on source)/g, '$1s', 'runtime data source']],
  'data-source': [['jsonl("source.jsonl")', 'jsonl("other.jsonl")', 'training data source'], ['jsonl("target.jsonl")', 'csv("target.csv")', 'protocol data target'], ['jsonl("spare.jsonl")', 'jsonl("other.jsonl")', 'cosmetic data spare']],
  'data-columns': [['b: "b"', 'b: "c"', 'training data source.b']],
  'data-steps': [['filter(kind != "c")', 'filter(kind != "b")', 'protocol data target']],
  'data-mark': [[' |> mark(test)', '', 'protocol data target']],
  'data-faults': [['jsonl("source.jsonl")', 'jsonl("source.jsonl", on_bad: skip)', 'training data source']],
  'training-data': [['train on source', 'train on spare', 'training train.data']],
  'training-length': [['epochs: 3', 'steps: 40', 'training train.epochs']],
  'batch-size': [['batch: 16', 'batch: 32', 'training train.batch']],
  'optimizer': [['adamw(lr: 1e-3', 'adamw(beta1: 0.8, lr: 1e-3', 'training train.optimizer']],
  'learning-rate': [['lr: 1e-3', 'lr: 2e-3', 'training train.lr']],
  'weight-decay': [['decay: 0.1', 'decay: 0', 'training train.decay']],
  'part-optimizer': [['schedule:', 'optimizer(N): sgd(lr: 0.1)\n  schedule:', 'training train.optimizer']],
  'schedule': [['warmup: 1 epoch', 'warmup: 2 epochs', 'training train.schedule']],
  'clip-gradient': [['clip_gradient: 1', 'clip_gradient: 2', 'training train.clip_gradient']],
  'training-setting': [
    ['clip_gradient: 1', 'clip_gradient: 1\n  accumulate: 2', 'training train.accumulate'],
    ['clip_gradient: 1', 'clip_gradient: 1\n  ema: 0.9', 'training train.ema'],
    ['clip_gradient: 1', 'clip_gradient: 1\n  sampler: balanced(kind)', 'training train.sampler'],
    ['clip_gradient: 1', 'clip_gradient: 1\n  no_decay: [bias]', 'training train.no_decay'],
  ],
  'metric-added': [['metric error = ', 'metric size = mean(m ^ 2)\n  metric error = ', 'protocol metric target.size']],
  'metric-removed': [[/metric top .*\n/, '', 'protocol metric target.top']],
  'metric-formula': [['metric error = mse(m, n)', 'metric error = mean(abs(m - n))', 'protocol metric target.error']],
  'metric-unit': [['== kind) in %', '== kind)', 'protocol metric target.top']],
  'evaluation-added': [['evaluate on target', 'evaluate more on spare { metric size = mean(m ^ 2) }\nevaluate on target', 'protocol evaluate more']],
  'evaluation-removed': [[/evaluate on target \{[^}]*\}|expect .*/g, '', 'protocol evaluate target']],
  'evaluation-time': [['metric error', 'every: 1 epoch\n  metric error', 'runtime evaluate target.every']],
  'evaluation-batch': [['metric error', 'batch: 8\n  metric error', 'runtime evaluate target.batch']],
  'seeds': [['seeds 1..2', 'seeds 1..3', 'protocol seeds']],
  'row-added': [['"no size":', '"no near": near = 0\n  "no size":', 'runtime ablate "no near"']],
  'row-removed': [[/ {2}"both".*\n/, '', 'runtime ablate "both"']],
  'row-content': [['near = 2, size = 1', 'near = 2', 'training ablate "both"']],
  'expectation-added': [['seeds 1..2', 'expect top > 50\nseeds 1..2', 'protocol expect']],
  'expectation-removed': [[/expect .*\n/, '', 'protocol expect']],
  'title': [['"Small"', '"Smaller"', 'cosmetic experiment']],
}; // prettier-ignore

const edits = Object.entries(cases).flatMap(([rule, list]) =>
  list.map(([from, to, told]) => ({ rule, from, to, told })),
);

describe('every rule', () => {
  test.each(edits)('$rule: $from turned into $to', ({ rule, from, to, told }) => {
    const comparison = compared(from, to);
    const [weight = '', ...path] = told.split(' ');
    expect(rules(comparison)).toContain(`${weight} ${rule} ${path.join(' ')}`);
    expect(validate(diffDocument(comparison, { base: 'a', head: 'b' })), JSON.stringify(validate.errors)).toBe(true);
    consistent(comparison);
  });
});

/** What the list says and what the digests say are told apart, and must agree. */
function consistent({ changes, counts, comparable, digests }: Comparison): void {
  const studied = ['seeds', 'row-content', 'expectation-added', 'expectation-removed'];
  const meant = changes.filter((it) => !studied.includes(it.rule));
  expect(comparable).toBe(!meant.some((it) => it.class === 'protocol'));
  const same = digests.before.semantic === digests.after.semantic;
  if (meant.some((it) => it.class === 'training' || it.class === 'protocol')) expect(same).toBe(false);
  if (counts.protocol + counts.training + counts.runtime === 0) expect(same).toBe(true);
  expect(changes.map((it) => it.rule)).not.toContain('meaning');
  expect(changeClasses.reduce((sum, name) => sum + counts[name], 0)).toBe(changes.length);
}

test('every rule has a case here, but those that need another file or have no statement yet', () => {
  const elsewhere = [
    'function-formula',
    'axis-size',
    'random-stream',
    'prompt-added',
    'prompt-removed',
    'vocabulary-removed',
    'evaluation-data',
    // told of stages: `stages.test.ts`
    'selection',
    'stage-added',
    'stage-removed',
    'stage-order',
  ];
  const notBuilt = ['meaning'];
  expect(Object.keys(ruleTable).filter((rule) => !Object.hasOwn(cases, rule)).sort()).toEqual([...elsewhere, ...notBuilt].sort()); // prettier-ignore
});

describe('what stands in two places', () => {
  test('a fn of the library is told once, at its own place, with all that call it', () => {
    const losses = edited(library, 'scale = 1', 'scale = 2');
    const { changes, comparable } = compareExperiments(unchanged, compiled(base, losses));
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      rule: 'function-formula',
      class: 'protocol',
      path: 'fn mse',
      location: { base: { file: 'losses.clipx', line: 3 }, head: { file: 'losses.clipx', line: 3 } },
      effect: { readBy: ['L_near', 'target.error'] },
    });
    expect(comparable).toBe(false);
  });

  test('one edit of a let is one change, however many losses read it', () => {
    const { changes } = compared('let n = N(b) + bias', 'let n = N(b) - bias');
    expect(rules(compared('let n = N(b) + bias', 'let n = N(b) - bias'))).toEqual(['protocol value-formula let n']);
    expect(changes[0]?.effect?.readBy).toEqual(['L_near', 'L_rest', 'target.error']);
  }); // prettier-ignore

  test('an axis of another size is told at its declaration and wherever a size follows from it', () => {
    const comparison = compared('axis joint = 4', 'axis joint = 5');
    expect(rules(comparison)).toEqual(
      expect.arrayContaining(['protocol input-type input a', 'training part-size module M', 'training part-size param bias']),
    ); // prettier-ignore
    consistent(comparison);
  });

  test('a random stream of another name is said, and is no change of what is learned', () => {
    const comparison = compared('L_rest', 'L_remaining');
    expect(rules(comparison)).toEqual([
      'runtime random-stream stream shuffle:L_rest',
      'cosmetic loss-renamed loss L_rest',
    ]);
    consistent(comparison);
  });

  test('an evaluation with a name of its own may change its data', () => {
    const on = (data: string) => compiled(edited(base, 'evaluate on target', `evaluate check on ${data}`));
    const comparison = compareExperiments(on('target'), on('spare'));
    expect(rules(comparison)).toEqual(['protocol evaluation-data evaluate check.data']);
    consistent(comparison);
  });

  test('a prompt and a vocabulary that came are told with what reads them', () => {
    const text = edited(base, 'prompt colour over', 'vocabulary extent { all: ["big"] }\nprompt shape over extent = "{extent}"\nprompt colour over').replace('let t = clip.text(colour)', 'let t = clip.text(shape)'); // prettier-ignore
    const other = compiled(text);
    expect(rules(compareExperiments(unchanged, other))).toEqual([
      'training value-formula let t',
      'training prompt-added prompt shape',
      'training vocabulary-added vocabulary extent',
    ]);
    expect(compareExperiments(unchanged, other).changes[1]?.effect?.example).toEqual({ before: null, after: 'big' });
    expect(rules(compareExperiments(other, unchanged))).toEqual([
      'training value-formula let t',
      'training prompt-removed prompt shape',
      'training vocabulary-removed vocabulary extent',
    ]);
  });
});

describe('what a change says beside its rule', () => {
  test('a weight has its share of all weights before and after', () => {
    const [change] = compared('weight size = 0.5', 'weight size = 2.5').changes;
    // 1 + 0.5 + 1 + 0.5, the ramp counting by its end
    expect(change?.effect?.share).toEqual({ before: 0.5 / 3, after: 0.5 });
    expect(change).toMatchObject({ before: 0.5, after: 2.5 });
    expect(change?.sentence).toBe('L_size (size) 0.5 → 2.5; share of all weights 17 % → 50 %');
  });

  test('a frozen part has its counts, the part’s and all', () => {
    const comparison = compared('trainable module N', 'frozen module N');
    // a linear map of 4 to 4 with its bias
    expect(comparison.changes[0]?.effect).toEqual({
      trainable: { before: 20, after: 0 },
      parameters: { before: 20, after: 20 },
    });
    expect(comparison.trainable.before - comparison.trainable.after).toBe(20);
    expect(comparison.changes[0]?.location.head?.line).toBe(base.split('\n').findIndex((it) => it.includes('module N')) + 1); // prettier-ignore
  });

  test('an exception is told by its path, short', () => {
    const comparison = compared('{ logit_scale { lr_scale: 10 } }', '{ logit_scale { lr_scale: 10 }  frozen text.blocks[0..1] }'); // prettier-ignore
    expect(comparison.changes[0]?.sentence).toContain('clip: trainable → trainable but text.blocks[0..1]');
  });

  test('a prompt has a rendered text', () => {
    expect(compared('"a {word} thing"', '"one {word} thing"').changes[0]?.effect?.example).toEqual({
      before: 'a red thing',
      after: 'one red thing',
    });
  });

  test('what is no longer cached is told', () => {
    const joined = edited(base, 'exp(clip.logit_scale)', 'mean(m) * exp(clip.logit_scale)');
    const frozen = edited(joined, 'trainable encoder clip', 'frozen encoder clip');
    const comparison = compareExperiments(compiled(frozen), compiled(joined));
    expect(comparison.cached.before).toContain('u, t');
    expect(comparison.cached.after).toEqual([]);
    expect(renderDiffText(comparison, { base: 'a', head: 'b' })).toMatch(/cached per sample: .*u.* → nothing/);
  });
});

test('the same change has the same fingerprint in another text, another change another one', () => {
  const one = compared('size = 0.5', 'size = 3').changes[0];
  const text = `# first\n${edited(base, 'size = 0.5', 'size = 3')}`;
  expect(compareExperiments(unchanged, compiled(text)).changes[0]?.fingerprint).toBe(one?.fingerprint);
  expect(compared('size = 0.5', 'size = 4').changes[0]?.fingerprint).not.toBe(one?.fingerprint);
});

test('there and back again: before and after change places', () => {
  for (const { from, to } of edits) {
    if (from instanceof RegExp) continue;
    const other = compiled(edited(base, from, to));
    const there = compareExperiments(unchanged, other).changes;
    const back = compareExperiments(other, unchanged).changes;
    const values = (side: 'before' | 'after', list: typeof there) => list.map((it) => JSON.stringify(it[side])).sort();
    expect(values('before', back), `${from} → ${to}`).toEqual(values('after', there));
    expect(values('after', back), `${from} → ${to}`).toEqual(values('before', there));
  }
});

test('several edits at once are each told', () => {
  const single = edits.filter(({ from }) => typeof from === 'string');
  const twoEdits = fc.shuffledSubarray(single, { minLength: 2, maxLength: 3 });
  fc.assert(
    fc.property(twoEdits, (chosen) => {
      let text = base;
      for (const { from, to } of chosen) {
        if (typeof from !== 'string' || !text.includes(from)) return;
        text = text.replace(from, to);
      }
      let head: ComparedExperiment;
      try {
        head = compiled(text);
      } catch {
        return; // two edits that exclude each other
      }
      const comparison = compareExperiments(unchanged, head);
      consistent(comparison);
      const told = comparison.changes.map((it) => it.rule);
      // an edit may take away what another one changed, never all of it
      expect(chosen.some(({ rule }) => told.includes(rule as RuleId))).toBe(true);
    }),
    { numRuns: 12, seed: 3 },
  );
});

describe('the JSON', () => {
  const names = { base: 'main:a.clipx', head: 'a.clipx' };
  const shape = (value: unknown): unknown =>
    Array.isArray(value) ? [] : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)])) : typeof value; // prettier-ignore

  test('has one shape with and without changes, and says where nothing was compared', () => {
    const full = diffDocument(compared('size = 0.5', 'size = 3'), names);
    const empty = diffDocument(compareExperiments(unchanged, unchanged), names);
    expect(shape(empty)).toEqual(shape(full));
    const failed = diffDocument(undefined, names);
    expect(Object.keys(failed)).toEqual(Object.keys(full));
    expect(failed).toMatchObject({ status: 'failed', identical: false, comparable: false });
    for (const document of [full, empty, failed])
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  });
});

test('the text of a review', async () => {
  const text = [
    ['trainable module N', 'frozen module N'],
    ['weight size = 0.5', 'weight size = 0.25'],
    ['+ 0.5 * L_rest', ''],
    ['"of sort {sort}"', '"of kind {sort}"'],
    ['colour', 'color'],
    ['lr: 1e-3', 'lr: 1e-4'],
  ].reduce((before, [from = '', to = '']) => edited(before, from, to), base);
  const comparison = compareExperiments(unchanged, compiled(text));
  // digests change with the compiler, which is no change of what differs
  const shown = renderDiffText(comparison, { base: 'main:small.clipx', head: 'small.clipx' }).replaceAll(/(semantic|protocol) \w+… → \w+…/g, '$1 …'); // prettier-ignore
  await expect(shown).toMatchFileSnapshot('../../golden/compare/review.txt');
  expect(renderDiffText(comparison, { base: 'a', head: 'b' }, { all: true })).toContain('color');
});

test('a row of CLIP-Gaze against the whole', async () => {
  const path = 'experiments/clip-gaze/clip-gaze.clipx';
  const row = (name: string): ComparedExperiment => {
    const { checked, program, graph } = compile({ path, text: repositoryText(path), host: repositoryHost, row: name });
    if (checked === undefined || program === undefined) throw new Error(`${name} does not compile`);
    return { checked, program, graph };
  };
  const comparison = compareExperiments(row('full'), row('L_g only'));
  consistent(comparison);
  expect(comparison.comparable).toBe(true);
  // digests change with the compiler, which is no change of what differs
  const text = renderDiffText(comparison, { base: 'full', head: 'L_g only' }).replace(
    /semantic \w+… → \w+…/,
    'semantic …',
  );
  await expect(text).toMatchFileSnapshot('../../golden/compare/clip-gaze-row.txt');
});
