/** The catalogue: its page is what it says, its examples are legal, and its defaults are what a file without them means. */
import { describe, expect, test } from 'vitest';
import { builtinNames } from '../../../src/compiler/check/builtins.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { cataloguePage, withCatalogue } from '../../../src/compiler/explain/catalogue-page.ts';
import { explainConstruct, renderConstructText } from '../../../src/compiler/explain/explain-construct.ts';
import {
  findExplained,
  namesThatSay,
  nearestExplained,
  renderUse,
} from '../../../src/compiler/explain/find-explained.ts';
import { functions } from '../../../src/compiler/types/catalogue/functions.ts';
import { libraryFns, renderLibraryFn } from '../../../src/compiler/explain/library-fns.ts';
import { catalogue } from '../../../src/compiler/types/catalogue/catalogue.ts';
import { repositoryHost, repositoryText } from '../../support/repository-host.ts';

test('the page is made of the catalogue', async () => {
  const of = (file: string) => libraryFns(file, repositoryText(file));
  const library = { Losses: of('library/losses.clipx'), Metrics: of('library/metrics.clipx') };
  await expect(cataloguePage(library)).toMatchFileSnapshot('../../../grammar/catalogue.md');
});

test('the tables of the language page are made of the catalogue', async () => {
  await expect(withCatalogue(repositoryText('grammar/README.md'))).toMatchFileSnapshot('../../../grammar/README.md');
});

const training = (fields: string): string => `loss L = 0
minimize L
train { steps: 4  ${fields} }`;
const trained = training('optimizer: sgd(lr: 1)');

const inputs = `input x: vector(d)
input y: vector(d)
input label: class(class)
input kind: id
input picture: image(16)
input film: frames(4, size: 16)
input sound: audio(8 kHz, max: 1 s)
input points: points(8)
input said: text
input told: text
input number: scalar
`;
const columns = 'x y label kind picture film sound points said told number'.split(' ').map((name) => `${name}: "${name}"`).join(' '); // prettier-ignore
const set = (name: string): string => `data ${name} = jsonl("${name}.jsonl") { ${columns} }`;

/** Five proposals and three true intervals of each sample. */
const intervals = `axis proposal: item = 5
axis segment: item = 3
let begin = x[d: 0] + index(proposal)
let end = begin + 1
let score = x[d: 1] * begin * (index(class) + 1)
let start = x[d: 2] + index(segment)
let stop_at = start + 1
let kinds = as_index(index(segment) * 0 + floor(x[d: 3]), class)`;

/** What a step of a view is shown on. */
function viewed({ name, domains = [] }: Shown): string {
  if (name === 'random_scale') return 'points';
  if (['one_frame', 'window', 'mask_spans'].includes(name)) return 'film';
  const inputOf: Readonly<Record<string, string>> = { picture: 'picture', text: 'said', points: 'points', sound: 'sound' }; // prettier-ignore
  return inputOf[domains[0] ?? ''] ?? 'x';
}

interface Shown {
  readonly name: string;
  readonly example: string;
  readonly domains?: readonly string[];
}

const searched = (method: string): string => `trainable param w: [d] = zeros
maximize mean(x * w)
train on a { optimizer: ${method} }`;

/** What stands around one statement, where that is not a file that trains already. */
const aroundStatement: Readonly<Record<string, (example: string) => string>> = {
  remove: (example) => `extends "base.clipx"\n${example}\nloss M = 0\nminimize M`,
  set: (example) => `extends "base.clipx"\n${example}`,
  extends: (example) => example,
  loss: (example) => `${inputs}${set('a')}\n${example}\nminimize gap\ntrain on a { steps: 1  batch: 4  optimizer: sgd(lr: 1) }`,
  weight: (example) => `loss L = 0\n${example}\nminimize λ * L\ntrain { steps: 4  optimizer: sgd(lr: 1) }`,
  minimize: (example) => `loss L = 0\n${example}\ntrain { steps: 4  optimizer: sgd(lr: 1) }`,
  maximize: (example) => `${inputs}${set('a')}\n${example}\ntrain on a { optimizer: grid([0, 1]) }`,
  train: (example) => `loss L = 0\nminimize L\n${example}`,
  stage: (example) => `loss L = 0\n${example}`,
  expect: (example) => `${inputs}${set('a')}\n${trained}\nevaluate on a { metric gap = mean(x) }\nablate parts { "twice": train.steps = 8 }\n${example}`,
}; // prettier-ignore

/** A file in which one construct of each kind stands as its example says. */
const around: Readonly<Record<string, (shown: Shown) => string>> = {
  statement: ({ name, example }) => aroundStatement[name]?.(example) ?? `${inputs}${set('a')}\n${example}\n${trained}`,
  'type of an input': ({ example }) => `input one: ${example}\n${trained}`,
  'maker of parts': ({ name, example }) => `${name === 'copy' ? 'trainable encoder m' : 'trainable module m'} = ${example}\n${trained}`,
  'start of a tensor': ({ name, example }) => {
    const axes: Readonly<Record<string, string>> = { words: '[places: 4, clip.text.width]', image: '[height: 8, width: 8]' };
    const start = name === 'run' ? `from ${example}` : example;
    return `trainable param start: ${axes[name] ?? '[d]'} = ${start}\n${trained}`;
  },
  tokenizer: ({ example }) => `tokenizer w = ${example}\n${trained}`,
  search: ({ example }) => `${inputs}${set('a')}\n${searched(example)}`,
  'rule of training': ({ name, example }) => name === 'ramp'
    ? `loss L = 0\nweight λ = ${example}\nminimize λ * L\ntrain { steps: 4  optimizer: sgd(lr: 1) }`
    : `${inputs}${set('a')}\n${training(`optimizer: sgd(lr: 1)  stop: ${example}`)}\nevaluate on a { metric error = mean(x) }`,
  'column of data': ({ name, example }) => `input said: text\ninput number: scalar\ndata a = jsonl("a.jsonl") { ${name === 'unknown' ? 'number' : 'said'}: ${example} }\n${trained}`,
  encoder: ({ example }) => `frozen encoder E = ${example}\n${trained}`,
  module: ({ example }) => `trainable module m = ${example}\n${trained}`,
  optimiser: ({ example }) => training(`optimizer: ${example}`),
  schedule: ({ example }) => training(`optimizer: sgd(lr: 1)  schedule: ${example}`),
  function: ({ example }) => {
    const value = example.startsWith('let') ? example : `let v = ${example}`;
    return `${inputs}${set('a')}\n${intervals}\nlet p = dot(clip.text.hidden(said), clip.text.table)\n${value}\n${trained}`;
  },
  'step of a view': (shown) => {
    const example = shown.name === 'swap' ? 'swap(told, 10 %)' : shown.example;
    return `${inputs}${set('a')}\naugment v = ${viewed(shown)} |> ${example}\n${trained}`;
  },
  'source of data': ({ name, example }) => {
    const head = name === 'mix' ? `${set('a')}\n${set('b')}\ndata m` : name === 'split' ? `${set('a')}\ndata c, e` : name === 'folds' ? `${set('a')}\ndata c, e` : 'data a';
    return `input number: scalar\n${head.replaceAll(columns, 'number: "number"')} = ${example}${['mix', 'split', 'folds'].includes(name) ? '' : ' { number: "number" }'}\n${trained}`;
  },
  'step of a data set': ({ example }) => `${inputs}${set('a')}\n${set('b')}\ndata e = a |> ${example}\n${trained}`,
  sampler: ({ example }) => `${inputs}${set('a')}\ntrainable param w: [d] = zeros\nloss L = mean((x - w) ^ 2, where: label == label)\nminimize L\ntrain on a { steps: 1  batch: 4  optimizer: sgd(lr: 1)  sampler: ${example} }`,
  figure: ({ example }) => `${inputs}${set('a')}\nlet b = sum(x, over: d)\nlet c = sum(y, over: d)\nevaluate on a { metric error = mean(x) }\nfigure f = ${example.replace('(a, b)', '(b, c)')}`,
}; // prettier-ignore

function faults(kind: string, shown: Shown): string[] {
  const text = `clipx 1
${kind === 'statement' && shown.name === 'experiment' ? '' : 'experiment t'}
axis joint: feature = 16
axis width = 8
axis d = 4
axis corner: position = 4
axis xy = 2
axis stroke: item = 3
axis rows: position = 3
axis columns: position = 3
vocabulary class = ["a", "b"]
vocabulary word = ["c", "d"]
frozen encoder clip = clip(joint: 8, image: vit(size: 16, patch: 8, width: 64, layers: 1), text: text_transformer(width: 64, layers: 1))
frozen param strokes: [stroke, corner, xy] = normal(1)
frozen param filter: [rows, columns] = normal(1)
${around[kind]?.(shown) ?? 'nothing holds it'}
`;
  const base = `clipx 1\nexperiment base\n${trained}`;
  const readText = (path: string): string | undefined => (path === 'base.clipx' ? base : repositoryHost.readText(path));
  const { diagnostics } = compile({ path: 't.clipx', text, host: { readText }, until: 'check' });
  // that something is never read is no fault of the example
  const unread = /CX4\d\d\d/;
  return diagnostics.filter(({ severity, code }) => severity === 'error' && !unread.test(code)).map(({ code, message }) => `${code}: ${message}`); // prettier-ignore
}

describe.each(catalogue)('$plural', ({ name: kind, constructs }) => {
  test.each(constructs)('$name: its example is legal', (construct) => {
    expect(faults(kind, construct)).toEqual([]);
  });

  test.each(constructs)('$name: says what it is in one sentence, and what each field means', ({ doc, source, options }) => {
    expect(doc).toMatch(/^\S.*\.$/);
    expect(source).not.toBe('');
    for (const [name, field] of Object.entries(options)) expect(field.doc, name).toMatch(/^\S.*[^.]$/);
  }); // prettier-ignore
});

test('every function that the checker knows is in the catalogue, and no other', () => {
  expect(Object.keys(functions).toSorted()).toEqual([...builtinNames].toSorted());
});

test('explains a name, and offers the nearest one', () => {
  expect(renderConstructText(explainConstruct('resnet18'))).toMatchInlineSnapshot(`
    "resnet18, an encoder: The residual network of 18 layers: two convolutions a block, [2, 2, 2, 2] blocks, mean over the last map.
    He et al. 2016, as torchvision has it.

      field          default                           takes
      width          64                                whole number                                    channels of the first stage; each next one has twice as many
      normalize      own                               own | imagenet | clip | half | none             which mean and deviation its pixels are brought to
      preprocess     own                               own | white | clip | huggingface | torchvision  how its pictures are resized and made RGB: on white first, as by CLIP, as by transformers, or as by torchvision for ImageNet
      crop           all, of torchvision 87.5 %        number, 0.05..1                                 share of each side that is left of a resized picture once its middle is cut out
      interpolation  bicubic, of torchvision bilinear  bicubic | bilinear                              how pixels are mixed when its pictures are resized, antialiased as in Pillow
      to             -                                 axis                                            an axis that a last linear map projects the feature to (all but \`clip\`)
      init           random                            random                                          \`random\` takes the sizes of a weights folder and not its tensors

      frozen encoder E = resnet18(width: 16)
    "
  `);
  expect(explainConstruct('adamw')[0]?.fields.find(({ name }) => name === 'decay')).toMatchObject({ default: '0.01' });
  expect(explainConstruct('resnet17')).toEqual([]);
  expect(nearestExplained('resnet17', [])).toMatch(/^resnet/);
  // a name of several kinds shows all
  expect(explainConstruct('reverse').map(({ kind }) => kind)).toEqual(['function', 'step of a view']);
});

const library = ['library/losses.clipx', 'library/metrics.clipx'].flatMap((file) =>
  libraryFns(file, repositoryText(file)),
);

/** What issue 6 lists, as somebody would type it, and what it finds. */
const asked: Readonly<Record<string, readonly string[]>> = {
  sgd: ['sgd'], adam: ['adam'], AdamW: ['adamw'], RMSprop: ['rmsprop'], lion: ['lion'],
  constant: ['constant', 'constant'], linear: ['linear', 'linear'], cosine: ['cosine'], multistep: ['multistep'], exponential: ['exponential'],
  'one-cycle': ['one_cycle'], polynomial: ['polynomial'], 'warm-up': ['warmup'],
  'top-k accuracy': ['top_k_accuracy'], 'per-class accuracy': ['accuracy_by_class'], 'mean average precision': ['mean_ap', 'mean_average_precision'],
  mAP: ['map', 'mean_ap', 'mean_average_precision'], 'recall@K': ['recall_at'], 'recall@5': ['recall_at'], recall: ['average_recall', 'recall_at'],
  'median rank': ['median_place'], 'mean rank': ['mean_place'], mIoU: ['mean_iou'], 'pixel accuracy': ['pixel_accuracy'],
  'angular error': ['angle', 'angular_error', 'mean_angle'], correlation: ['kendall', 'pearson', 'spearman'],
  'F1 macro': ['f1'], 'F1 micro': ['f1'], 'F1 samples': ['f1'], 'BLEU-4': ['bleu'], 'ROUGE-L': ['rouge_l'], CIDEr: ['cider'], perplexity: ['perplexity'],
  'depth errors': ['absolute_relative', 'depth_log10', 'depth_rmse', 'depth_rmse_log', 'squared_relative', 'within_ratio'],
  'symmetric InfoNCE': ['info_nce'], SigLIP: ['siglip'], 'supervised contrastive': ['supervised_contrastive'], 'N-ITC': ['n_itc'], 'R-ITC': ['r_itc'], 'C-ITC': ['c_itc'],
  ActionCLIP: ['similarity_kl'], 'cosine distillation': ['cosine_distance'], 'rank loss': ['rank_loss'], 'NT-Xent': ['nt_xent'], focal: ['focal'], ASL: ['asymmetric'],
  'label smoothing': ['smoothed_cross_entropy'], dice: ['dice'], huber: ['huber'], l1: ['l1'], triplet: ['triplet'], 'hard mining': ['hardest_negative'],
  train: ['train'], data: ['data'], augment: ['augment'], image: ['image', 'image'], frames: ['frames'], audio: ['audio'], points: ['points'], text: ['text'], vector: ['vector'],
  scalar: ['scalar'], class: ['class'], labels: ['labels'], id: ['id'], mask: ['mask'], draw: ['draw', 'draw'], unfold: ['unfold'], mix: ['mix'], split: ['split', 'split'], pipe: ['pipe'],
  resnet18: ['resnet18'], ViT: ['vit'], clip: ['clip'],
}; // prettier-ignore

test.each(Object.entries(asked))('`clipx explain "%s"` finds it', (words, names) => {
  const { constructs, formulas, fields } = findExplained(words, library);
  const found = [...constructs, ...formulas, ...fields.map(({ field }) => field)].map(({ name }) => name);
  expect(found.toSorted()).toEqual(names);
});

test.each(
  'epochs steps batch accumulate ema clip_gradient patience restarts checkpoint chunk memory precision stop sampler no_decay decay_on best views draws like with each optional unknown held by lr_scale clamp statistics'.split(' '), // prettier-ignore
)('finds `%s`, which a file may say', (word) => {
  const { constructs, formulas, fields } = findExplained(word, library);
  expect(constructs.length + formulas.length + fields.length).toBeGreaterThan(0);
});

test('a field says what it is of, what it takes, and its default', () => {
  const [use] = findExplained('accumulate', []).fields;
  expect(use && renderUse(use)).toMatchInlineSnapshot(`
    "accumulate, a field of train: batches whose mean gradient makes one update; a loss sees one of them

      takes whole number (batches); default 1
    "
  `);
  expect(nearestExplained('acumulate', [])).toBe('accumulate');
  expect(nearestExplained('recal@K', library)).toBe('recall@k');
  expect(namesThatSay('no such words', library)).toEqual([]);
  expect(namesThatSay('precision of intervals', library)).toEqual(['mean_ap']);
});

test('every other name that the catalogue knows things by leads somewhere', async () => {
  const { alsoCalled } = await import('../../../src/compiler/types/catalogue/also-called.ts');
  for (const [called, names] of Object.entries(alsoCalled)) {
    const { constructs, formulas, fields } = findExplained(called, library);
    const found = new Set([...constructs, ...formulas, ...fields.map(({ field }) => field)].map(({ name }) => name));
    for (const name of names) expect(found, called).toContain(name);
  }
});

test.each(library.map((fn) => [fn.name, fn] as const))('%s: a sentence, and what each letter means', (_, { doc, fields }) => {
  expect(doc).not.toBe('');
  for (const { name, doc: meaning } of fields) expect(meaning, name).not.toBe('');
}); // prettier-ignore

test('explains a formula of the library by what stands there', () => {
  const file = 'library/losses.clipx';
  const fns = libraryFns(file, repositoryText(file));
  const declared = repositoryText(file)
    .split('\n')
    .filter((line) => line.startsWith('fn ')).length;
  expect(fns).toHaveLength(declared);
  const found = fns.find(({ name }) => name === 'info_nce');
  expect(found && renderLibraryFn(found)).toMatchInlineSnapshot(`
    "info_nce, a formula of the library: use "library/losses.clipx" { info_nce }

      field  default   takes
      a      required  value  one vector or number a sample; of contrastive losses the features of two modalities
      b      required  value  one vector or number a sample; of contrastive losses the features of two modalities
      scale  required  value  the factor of the cosines, e^s

      # InfoNCE in both directions.
      # Radford et al. 2021, figure 3.
      fn info_nce(a, b, scale) = (one_sided(a, b, scale) + one_sided(b, a, scale)) / 2
    "
  `);
  expect(
    fns
      .find(({ name }) => name === 'siglip')
      ?.text.split('\n')
      .at(-1),
  ).toBe('}');
});
