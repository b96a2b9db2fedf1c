/** One body of statements over another, told by the text that somebody would have written instead. */
import { describe, expect, it } from 'vitest';
import { Reporter } from '../../../src/compiler/diagnostics/reporter.ts';
import { parse } from '../../../src/compiler/parse/parse.ts';
import { loadModules } from '../../../src/compiler/resolve/modules.ts';
import { variantModule, variantsOf } from '../../../src/compiler/resolve/rows.ts';
import { stagesOf } from '../../../src/compiler/resolve/stages.ts';
import { sourceFile } from '../../../src/compiler/source/source-file.ts';
import type { Statement } from '../../../src/compiler/syntax/ast.ts';
import { print } from '../../../src/compiler/syntax/print.ts';

const base = `clipx 1
use "parts/one.clipx" { f, g }
const shots = 4
axis d = 8
input video: frames(12, size: 64)
data few = jsonl("few.jsonl") { video: "v" } |> few_shot(shots, per: label) |> sample(10 %)
trainable encoder clip = clip("w", image: vit(size: 48)) { lr: 1e-7, logit_scale { clamp: 0..4 } }
trainable param ctx: [context: 16, d] = normal(0.02)
frozen clip.text, ctx
weight λ = 1
let v = f(video)
let (a, b) = top(2, v)
loss L = mean(v ^ 2)
minimize λ * L
train on few { epochs: 10, batch: 32, optimizer: adam(lr: 1e-4), optimizer(clip): sgd(lr: 1) }
evaluate on few, other { metric top1 = mean(v) }
evaluate held on few { every: 1 epoch, metric top1 = mean(v)  metric top5 = mean(v) }
stage later { loss K = L }
seeds 1..9
expect top1 > 0
`;

const files: Readonly<Record<string, string>> = {
  'a/base.clipx': base,
  'a/parts/one.clipx': 'clipx 1\nfn f(x) = x\nfn g(x) = x\n',
  'a/more.clipx': 'clipx 1\nfn g(x) = 2 * x\n',
};

interface Loaded {
  readonly statements: readonly string[];
  readonly faults: readonly string[];
}

const lines = (statements: readonly Statement[]): string[] =>
  statements.map((statement) =>
    print({ kind: 'file', span: statement.span, statements: [statement], comments: [] })
      .trim()
      .replaceAll(/\s+/g, ' '),
  );

/** The statements of a file over the base, as text. */
function over(text: string, all: Readonly<Record<string, string>> = files): Loaded & ReturnType<typeof loadModules> {
  const report = new Reporter();
  const path = 'a/main.clipx';
  const graph = loadModules(path, `clipx 1\nexperiment t\nextends "base.clipx"\n${text}`, { readText: (name) => all[name] }, report); // prettier-ignore
  return {
    ...graph,
    statements: lines(graph.root?.file.statements ?? []),
    faults: report.diagnostics.map(({ code, message }) => `${code} ${message}`),
  };
}

const plain = over('').statements;

describe('a file over its base', () => {
  it('has all of it but what a base keeps to itself', () => {
    expect(over('').faults).toEqual([]);
    expect(plain.filter((line) => /^(seeds|expect)/.test(line))).toEqual([]);
    expect(plain.slice(0, 2)).toEqual(['clipx 1', 'experiment t']);
    expect(plain).toContain('weight λ = 1');
    expect(plain).toContain('use "parts/one.clipx" { f, g }');
  });

  it.each<[string, string, readonly string[], readonly string[]]>([
    ['a declaration of the same name', 'loss v = 3', ['loss v = 3'], ['let v = f(video)']],
    ['an objective', 'maximize top', ['maximize top'], ['minimize λ * L']],
    ['an evaluation without a name that shares a data set', 'evaluate on other { metric m = 1 }', ['evaluate on other { metric m = 1 }'], [plain.find((line) => line.startsWith('evaluate on few')) ?? '']],
    ['a named evaluation', 'evaluate held on other { metric m = 1 }', ['evaluate held on other { metric m = 1 }'], [plain.find((line) => line.startsWith('evaluate held')) ?? '']],
    ['one of the paths of a flag', 'trainable clip.text', ['frozen ctx', 'trainable clip.text'], ['frozen clip.text, ctx']],
    ['a stage', 'stage later { loss K = 2 * L }', ['stage later { loss K = 2 * L }'], ['stage later { loss K = L }']],
    ['an import', 'fn g(x) = 3 * x', ['fn g(x) = 3 * x'], []],
  ])('replaces %s', (_name, text, there, gone) => {
    const { statements, faults } = over(text);
    expect(faults).toEqual([]);
    for (const line of there) expect(statements).toContain(line);
    for (const line of gone) expect(statements).not.toContain(line);
    expect(statements).toHaveLength(plain.length + there.length - gone.length);
  }); // prettier-ignore

  it('sees its own import in the place of one of the base', () => {
    expect(over('use "more.clipx" { g }').root?.imports.get('g')?.module.path).toBe('a/more.clipx');
    expect(over('').root?.imports.get('g')?.module.path).toBe('a/parts/one.clipx');
    expect(over('fn g(x) = 3 * x').root?.imports.has('g')).toBe(false);
  });

  it.each<[string, readonly string[]]>([
    ['λ', ['weight λ = 1']],
    ['minimize, train', ['minimize λ * L', plain.find((line) => line.startsWith('train on')) ?? '']],
    ['evaluate', [plain.find((line) => line.startsWith('evaluate on few')) ?? '']],
    ['held', [plain.find((line) => line.startsWith('evaluate held')) ?? '']],
    ['later', ['stage later { loss K = L }']],
  ])('remove %s', (names, gone) => {
    const { statements, faults } = over(`remove ${names}`);
    expect(faults).toEqual([]);
    expect(plain.filter((line) => !statements.includes(line))).toEqual(gone);
  });

  it('removes one data set, one metric, one statement of a stage', () => {
    const { statements, faults } = over('remove evaluate.other, held.top5, later.K');
    expect(faults).toEqual([]);
    expect(statements).toContain('evaluate on few { metric top1 = mean(v) }');
    expect(statements).toContain('evaluate held on few { every: 1 epoch metric top1 = mean(v) }');
    expect(statements).toContain('stage later {}');
  });

  it('lets stages go on from what a removed one went on from', () => {
    const stages = { ...files, 'a/base.clipx': 'clipx 1\nstage a { }\nstage b after a { }\nstage c after b { }\n' };
    expect(over('remove b', stages).statements.slice(2)).toEqual(['stage a {}', 'stage c after a {}']);
    expect(over('remove a, b', stages).statements.slice(2)).toEqual(['stage c {}']);
  });

  it('extends over several files, and never around in a circle', () => {
    const three = { ...files, 'a/base.clipx': 'clipx 1\nextends "first.clipx"\nset λ = 2\nweight κ = 1\n', 'a/first.clipx': 'clipx 1\nweight λ = 1\nweight μ = 1\n' }; // prettier-ignore
    expect(over('set μ = 3', three).statements.slice(2)).toEqual(['weight λ = 2', 'weight μ = 3', 'weight κ = 1']);
    const circle = { ...files, 'a/base.clipx': 'clipx 1\nextends "main.clipx"\n' };
    expect(over('', circle).faults.join()).toContain('CX2005');
    expect(over('', {}).faults.join()).toContain('CX2004 there is no file `base.clipx`');
  });
});

describe('a path that is set', () => {
  it.each<[string, string]>([
    ['train.batch = 8', 'train on few { epochs: 10 batch: 8 optimizer: adam(lr: 1e-4) optimizer(clip): sgd(lr: 1) }'],
    ['train.optimizer.lr = 1', 'train on few { epochs: 10 batch: 32 optimizer: adam(lr: 1) optimizer(clip): sgd(lr: 1) }'],
    ['train.ema = 0.9', 'train on few { epochs: 10 batch: 32 optimizer: adam(lr: 1e-4) optimizer(clip): sgd(lr: 1) ema: 0.9 }'],
    ['train.on = other', 'train on other { epochs: 10 batch: 32 optimizer: adam(lr: 1e-4) optimizer(clip): sgd(lr: 1) }'],
    ['λ = 0', 'weight λ = 0'],
    ['v = g(video)', 'let v = g(video)'],
    ['d = 4', 'axis d = 4'],
    ['context = 4', 'trainable param ctx: [context: 4, d] = normal(0.02)'],
    ['ctx = normal(1)', 'trainable param ctx: [context: 16, d] = normal(1)'],
    ['video.pick = head', 'input video: frames(12, size: 64, pick: head)'],
    ['video.size = 32', 'input video: frames(12, size: 32)'],
    ['video.max = 8', 'input video: frames(8, size: 64)'],
    ['few.few_shot = 2', 'data few = jsonl("few.jsonl") { video: "v" } |> few_shot(2, per: label) |> sample(10 %)'],
    ['few.few_shot.per = sort', 'data few = jsonl("few.jsonl") { video: "v" } |> few_shot(shots, per: sort) |> sample(10 %)'],
    ['few.path = "all.jsonl"', 'data few = jsonl("all.jsonl") { video: "v" } |> few_shot(shots, per: label) |> sample(10 %)'],
    ['few.video = "w"', 'data few = jsonl("few.jsonl") { video: "w" } |> few_shot(shots, per: label) |> sample(10 %)'],
    ['clip.image.size = 96', 'trainable encoder clip = clip("w", image: vit(size: 96)) { lr: 1e-7 logit_scale { clamp: 0..4 } }'],
    ['clip.init = random', 'trainable encoder clip = clip("w", image: vit(size: 48), init: random) { lr: 1e-7 logit_scale { clamp: 0..4 } }'],
    ['clip.lr = 1', 'trainable encoder clip = clip("w", image: vit(size: 48)) { lr: 1 logit_scale { clamp: 0..4 } }'],
    ['clip.logit_scale.clamp = 0..5', 'trainable encoder clip = clip("w", image: vit(size: 48)) { lr: 1e-7 logit_scale { clamp: 0..5 } }'],
    ['held.every = 2 epochs', 'evaluate held on few { metric top1 = mean(v) metric top5 = mean(v) every: 2 epochs }'],
    ['held.top1 = max(v)', 'evaluate held on few { every: 1 epoch metric top1 = max(v) metric top5 = mean(v) }'],
    ['later.K = 2 * L', 'stage later { loss K = 2 * L }'],
    ['later.λ = 3', 'stage later { loss K = L weight λ = 3 }'],
    ['main.train.batch = 8', 'train on few { epochs: 10 batch: 8 optimizer: adam(lr: 1e-4) optimizer(clip): sgd(lr: 1) }'],
  ])('%s', (assignment, expected) => {
    const { statements, faults } = over(`set ${assignment}`);
    expect(faults).toEqual([]);
    expect(statements.filter((line) => !plain.includes(line)).map((line) => line.replaceAll(', ', ' ').replaceAll(',', ''))).toEqual([
      expected.replaceAll(', ', ' ').replaceAll(',', ''),
    ]);
    expect(statements).toHaveLength(plain.length);
  }); // prettier-ignore

  it.each([
    'tarin.batch = 8',
    'train = 8',
    'a = 3',
    'video = 3',
    'few.shots = 2',
    'f = 1',
    'later.μ = 3',
    'train.schedule.warmup = 1',
    'clip.blocks[2].lr = 1',
  ])('%s leads nowhere and changes nothing', (assignment) => {
    const { statements, faults } = over(`set ${assignment}`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^CX6002/);
    expect(statements).toEqual(plain);
  });
});

describe('variants', () => {
  const text = 'clipx 1\nweight λ = 1\nweight μ = 1\nablate terms { "no λ": λ = 0  "both": { remove μ  weight λ = 2 } }\nsweep { λ: [0, 50 %]  μ: [-1, 2] }\n'; // prettier-ignore
  const { file } = parse(sourceFile('t.clipx', text));

  it('are the rows, and every combination of what a sweep lists', () => {
    expect(variantsOf(file.statements).map(({ label, of, kind }) => [label, of, kind])).toEqual([
      ['no λ', 'terms', 'row'], ['both', 'terms', 'row'],
      ['λ = 0, μ = -1', 'sweep', 'point'], ['λ = 0, μ = 2', 'sweep', 'point'],
      ['λ = 50 %, μ = -1', 'sweep', 'point'], ['λ = 50 %, μ = 2', 'sweep', 'point'],
    ]); // prettier-ignore
  });

  it('leave the file as it is', () => {
    const report = new Reporter();
    const { root } = loadModules('t.clipx', text, { readText: () => undefined }, report);
    if (root === undefined) throw new Error('no root');
    const weights = (label: string): string[] => lines(variantModule(root, label, report)?.file.statements ?? []).filter((line) => line.startsWith('weight')); // prettier-ignore
    expect(weights('λ = 50 %, μ = 2')).toEqual(['weight λ = 50 %', 'weight μ = 2']);
    expect(weights('both')).toEqual(['weight λ = 2']);
    expect(lines(root.file.statements).filter((line) => line.startsWith('weight'))).toEqual(['weight λ = 1', 'weight μ = 1']); // prettier-ignore
    expect(report.diagnostics).toEqual([]);
  });
});

describe('stages', () => {
  const stages = (text: string): { names: string[]; faults: string[]; of: (name: string) => string[] } => {
    const report = new Reporter();
    const { root } = loadModules('t.clipx', `clipx 1\n${text}`, { readText: () => undefined }, report);
    if (root === undefined) throw new Error('no root');
    const found = stagesOf(root, report);
    return {
      names: found.map((stage) => stage.name),
      faults: report.diagnostics.map(({ code }) => code),
      of: (name) => lines(found.find((stage) => stage.name === name)?.module.file.statements ?? []).slice(1),
    };
  };

  it('run each after those it names, else as written; what stands in none is the first', () => {
    expect(stages('let x = 1').names).toEqual(['main']);
    expect(stages('stage b after a { }\nstage c { }\nstage a { }').names).toEqual(['c', 'a', 'b']);
    expect(stages('minimize L\nstage a after main { }').names).toEqual(['main', 'a']);
    expect(stages('minimize L\nstage a { }\nstage main after a { }').names).toEqual(['a', 'main']);
    expect(stages('stage a after b { }\nstage b after a { }').faults).toEqual(['CX6003']);
  });

  it('have what the file shares, and of what one stage does only their own', () => {
    const { of } = stages('let x = 1\nlet y = x\nminimize L\nevaluate on d { metric m = y }\nstage a after main { let x = 2  minimize K }'); // prettier-ignore
    expect(of('main')).toEqual(['let x = 1', 'let y = x', 'evaluate on d { metric m = y }', 'minimize L']);
    expect(of('a')).toEqual(['let x = 2', 'let y = x', 'evaluate on d { metric m = y }', 'minimize K']);
  });
});
