/** Experiments, made small, that the PyTorch target is held to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { experiments, towers, type Shrunk } from '../conformance/shrunk-experiments.ts';

const clip = [/clip\("weights\/clipx-tiny"\)/, `clip(${towers})`] as const;
const picture = [/image\(48\)/, 'image(16)'] as const;
const learned = [/= words\("[^"]*"\)/, '= normal(0.1)'] as const;
const topics = ['animals', 'food', 'travel'];
const smoke = (name: string, edits: Shrunk['edits'], data: readonly string[], vocabularies: readonly (readonly [string, readonly string[]])[] = [['topic', topics]]): Shrunk => ({
  path: `experiments/smoke/${name}.clipx`,
  edits: [clip, ...edits],
  facts: { counts: new Map(data.map((each) => [each, 6])), vocabularies: new Map(vocabularies) },
}); // prettier-ignore

/** The experiment of a pair of towers, with another image tower. */
const tower = (image: string, size = 16): Shrunk => {
  const { pretrain } = experiments;
  if (pretrain === undefined) throw new Error('no pretrain');
  return { ...pretrain, edits: [...pretrain.edits, [/image\(16\)/, `image(${size})`], [/residual\(size: 16, width: 4, blocks: \[4, 6\], strides: \[1, 2\]\)/, image], [/batch: 4/, 'batch: 8']] };
}; // prettier-ignore

const gaze = experiments['clip-gaze'] ?? { path: '', edits: [], facts: { counts: new Map(), vocabularies: new Map() } };

export const cases: Readonly<Record<string, Shrunk>> = {
  ...experiments,
  'linear-probe': smoke('linear-probe', [picture, [/batch: 64/, 'batch: 4']], ['val', 'test']),
  'fine-tuning': smoke('fine-tuning', [picture, [/batch: 32/, 'batch: 4'], [/blocks\[5\]/, 'blocks[1]'], [/text\.blocks\[1\]/, 'text.blocks[0]']], ['test']),
  distillation: smoke('distillation', [picture, [/batch: 32/, 'batch: 16'], [/width: 8/, 'width: 4']], ['test']),
  'multi-label': smoke('multi-label', [picture, learned, learned, [/batch: 32/, 'batch: 4']], ['test'], []),
  coop: smoke('coop', [picture, learned, [/batch: 32/, 'batch: 4']], ['test']),
  cocoop: smoke('cocoop', [picture, learned, [/batch: 8/, 'batch: 4'], [/clip.joint \/ 16/, '3']], ['test']),
  'a copy that stays as it is': smoke(
    'linear-probe',
    [
      picture,
      [/batch: 64/, 'batch: 4'],
      [/trainable module  head/, 'frozen encoder twin = copy(clip)\ntrainable module  head'],
      [/normalize\(clip.image\(image\)\)/, 'normalize(clip.image(image) + 2 * twin.image(image))'],
    ],
    ['val', 'test'],
  ),
  modules: { path: 'test/pytorch/support/modules.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  'own modules': { path: 'test/pytorch/support/own-modules.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  layers: { path: 'test/pytorch/support/layers.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map([['tag', topics]]) } },
  'across the batch': { path: 'test/pytorch/support/across.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  'image towers that leave out': { path: 'test/pytorch/support/towers-leave-out.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  dropouts: { path: 'test/pytorch/support/dropouts.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  'values over whole data sets': { path: 'test/pytorch/support/on-data.clipx', edits: [], facts: { counts: new Map([['few', 3], ['few with class = wide', 2], ['seen', 4], ['seen with class = wide', 3], ['val', 4], ['other with class = wide', 3]]), vocabularies: new Map() } },
  intervals: { path: 'test/pytorch/support/intervals.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  sequences: { path: 'test/pytorch/support/sequences.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  views: { path: 'test/pytorch/support/views.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  maps: { path: 'test/pytorch/support/maps.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  taps: { path: 'test/pytorch/support/taps.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  towers: { path: 'test/pytorch/support/towers.clipx', edits: [], facts: { counts: new Map([['source', 6]]), vocabularies: new Map() } },
  'zero-shot': smoke('zero-shot', [picture], ['flat', 'sketchy'], [['name', ['cat', 'dog', 'sun']]]),
  'two-stage': smoke('two-stage', [picture, [/batch: 64/, 'batch: 4'], [/batch: 64/, 'batch: 4']], ['val', 'test']),
  'a ViT of CLIP': tower('vit(size: 16, patch: 8, width: 8, layers: 2, heads: 2)'),
  'the ResNet of CLIP': tower('modified_resnet(size: 32, width: 4, blocks: [1, 1, 1, 1], heads: 2)', 32),
  'a ResNet-50': {
    ...gaze,
    edits: [...gaze.edits, [/resnet18/, 'resnet50'], [/batch: 4/, 'batch: 12']],
  },
  "timm's ViT": {
    ...gaze,
    edits: [...gaze.edits, [/image\(20\)/, 'image(16)'], [/resnet18\(to: clip.joint, width: 4\)/, 'vit(to: clip.joint, size: 16, patch: 8, width: 12, layers: 2, heads: 2, form: timm)']],
  },
  video: smoke('video', [[/size: 48/, 'size: 16'], [/batch: 8/, 'batch: 4']], ['test']),
}; // prettier-ignore

export const root = join(import.meta.dirname, '../..');

/** The text of a case, its edits made. */
export function textOf({ path, edits }: Shrunk): string {
  let text = readFileSync(join(root, path), 'utf8');
  for (const [from, to] of edits) {
    if (!from.test(text)) throw new Error(`${path} does not hold ${from}`);
    text = text.replace(from, to);
  }
  return text;
}
