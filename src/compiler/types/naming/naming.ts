/**
 * Under which names, and in which layout, others store the tensors of the encoders that clipx knows. A naming is a list of rules, read from
 * top to bottom; both directions follow from it, so that what is loaded can be saved under the same names again.
 */
import type { Shape } from '../dtype.ts';
import { astRules, bertRules, timmRules, vitRules } from './rules/backbones.ts';
import { clipRules, huggingfaceClipRules, huggingfaceImageRules, huggingfaceTextRules, openaiImageRules, openaiTextRules } from './rules/clip.ts'; // prettier-ignore
import { torchvisionRules } from './rules/resnet.ts';
import type { Layout, Rule } from './rules/rule.ts';

/** Whose names they are. `clipx`: our own paths. */
export const namingIds = [
  'clipx',
  'openai_image',
  'openai_text',
  'openai',
  'open_clip',
  'huggingface_clip_image',
  'huggingface_clip_text',
  'huggingface_clip',
  'torchvision',
  'timm',
  'ast',
  'huggingface_vit',
  'huggingface_ast',
  'huggingface_bert',
  'huggingface_bert_old',
] as const;

export type NamingId = (typeof namingIds)[number];

export interface Naming {
  readonly id: NamingId;
  /** Before all names of a file but those of its head: `bert.`, `module.`. */
  readonly prefix: string;
}

interface NamingTable {
  /** For people. */
  readonly title: string;
  readonly rules: readonly Rule[];
  /** Prefixes under which such files are found, beside none. */
  readonly prefixes: readonly string[];
  /** Names of files that are no part of the encoder, and whose absence from it nobody misses: heads, counters, tables of numbers. */
  readonly extras: readonly RegExp[];
}

const counters = /(^|\.)num_batches_tracked$/;
const positionIds = /(^|\.)position_ids$/;
const heads = /^(head|fc|head_dist|head_drop|pre_logits|classifier|fc_norm|pooler)\./;
const scripted = /^(input_resolution|context_length|vocab_size)$/;

const tables: Readonly<Record<NamingId, NamingTable>> = {
  clipx: { title: 'clipx', rules: [], prefixes: [], extras: [] },
  openai_image: {
    title: 'OpenAI CLIP, the image tower',
    rules: openaiImageRules,
    prefixes: [],
    extras: [counters, scripted, /^logit_scale$/, /^visual\.proj$/],
  },
  openai_text: {
    title: 'OpenAI CLIP, the text tower',
    rules: openaiTextRules.filter(({ ours }) => ours !== 'projection'),
    prefixes: [],
    extras: [scripted, /^logit_scale$/, /^text_projection$/, /(^|\.)attn_mask$/],
  },
  openai: {
    title: 'OpenAI CLIP (and open_clip)',
    rules: clipRules(''),
    prefixes: [],
    extras: [counters, scripted, /(^|\.)attn_mask$/],
  },
  open_clip: {
    title: 'open_clip with a text tower of its own',
    rules: clipRules('text.'),
    prefixes: [],
    extras: [counters, scripted, /(^|\.)attn_mask$/],
  },
  huggingface_clip_image: {
    title: 'Hugging Face CLIPVisionModel',
    rules: huggingfaceImageRules,
    prefixes: [],
    extras: [positionIds, /^visual_projection\./],
  },
  huggingface_clip_text: {
    title: 'Hugging Face CLIPTextModel',
    rules: huggingfaceTextRules,
    prefixes: [],
    extras: [positionIds, /^text_projection\./],
  },
  huggingface_clip: {
    title: 'Hugging Face CLIPModel',
    rules: huggingfaceClipRules,
    prefixes: [],
    extras: [positionIds],
  },
  torchvision: { title: 'torchvision ResNet', rules: torchvisionRules, prefixes: [], extras: [counters, heads] },
  timm: { title: 'timm and DeiT ViT', rules: timmRules, prefixes: [], extras: [heads] },
  ast: { title: 'AST, its own repository', rules: astRules.own, prefixes: [], extras: [/^v\.head(_dist)?\./, heads] },
  huggingface_vit: { title: 'Hugging Face ViTModel', rules: vitRules, prefixes: ['vit.', 'deit.'], extras: [heads] },
  huggingface_ast: {
    title: 'Hugging Face ASTModel',
    rules: astRules.huggingface,
    prefixes: ['audio_spectrogram_transformer.'],
    extras: [heads],
  },
  huggingface_bert: {
    title: 'Hugging Face BertModel',
    rules: bertRules(['weight', 'bias']),
    prefixes: ['bert.'],
    extras: [positionIds, heads, /^cls\./],
  },
  huggingface_bert_old: {
    title: 'Hugging Face BertModel, norms as `gamma` and `beta`',
    rules: bertRules(['gamma', 'beta']),
    prefixes: ['bert.'],
    extras: [positionIds, heads, /^cls\./],
  },
};

/** What training scripts put before all names. */
const wrappers = ['', 'module.', 'model.', 'state_dict.', 'encoder.'];

/** Whose names they are, in words. */
export const namingTitle = (id: NamingId): string => tables[id].title;

/** Prefixes that are tried for a naming, none first. */
export const namingPrefixes = (id: NamingId): readonly string[] =>
  wrappers.flatMap((wrapper) => ['', ...tables[id].prefixes].map((prefix) => wrapper + prefix));

/** One tensor of a checkpoint. */
export interface StoredName {
  readonly name: string;
  readonly shape: Shape;
}

/** What a tensor of ours is there: the values of `theirs`, laid out anew as `how` says. */
export interface StoredForm {
  readonly theirs: readonly StoredName[];
  readonly how: Layout;
}

/** How a tensor of this path and shape is stored; undefined where such files have none. */
export function storedForm(naming: Naming, path: string, shape: Shape): StoredForm | undefined {
  if (naming.id === 'clipx') return { theirs: [{ name: naming.prefix + path, shape }], how: { kind: 'same' } };
  for (const rule of tables[naming.id].rules) {
    const numbers = matched(rule.ours, path);
    if (numbers === undefined) continue;
    const shapes = storedShape(rule.how, shape, rule.theirs.length);
    const prefix = rule.isHead === true ? wrapperOf(naming.prefix) : naming.prefix;
    return { theirs: rule.theirs.map((name) => ({ name: prefix + filled(name, numbers), shape: shapes })), how: rule.how }; // prettier-ignore
  }
  return undefined;
}

/** The head stands beside what the prefix of the model holds: `module.bert.` → `module.`. */
const wrapperOf = (prefix: string): string => wrappers.find((wrapper) => wrapper !== '' && prefix.startsWith(wrapper)) ?? ''; // prettier-ignore

/** The tensor of ours that a name belongs to, with the shape which it has after loading; undefined where it belongs to none. */
export function ownPath(naming: Naming, name: string, shape: Shape): { readonly path: string; readonly shape: Shape } | undefined {
  if (naming.id === 'clipx')
    return name.startsWith(naming.prefix) ? { path: name.slice(naming.prefix.length), shape } : undefined;
  for (const rule of tables[naming.id].rules) {
    const prefix = rule.isHead === true ? wrapperOf(naming.prefix) : naming.prefix;
    if (!name.startsWith(prefix) || (rule.kernel !== undefined && shape[2] !== rule.kernel)) continue;
    for (const theirs of rule.theirs) {
      const numbers = matched(theirs, name.slice(prefix.length));
      if (numbers !== undefined) return { path: filled(rule.ours, numbers), shape: ownShape(rule.how, shape, rule.theirs.length) }; // prettier-ignore
    }
  }
  return undefined;
} // prettier-ignore

/** Whether a tensor of a file may be left out without a word of alarm: a classifier, a counter, a table of 0, 1, 2 …. */
export function isHarmlessExtra(naming: Naming, name: string): boolean {
  const inside = [naming.prefix, wrapperOf(naming.prefix), ''].filter((prefix) => name.startsWith(prefix));
  return inside.some((prefix) => tables[naming.id].extras.some((extra) => extra.test(name.slice(prefix.length))));
}

// ── patterns and shapes ──────────────────────────────────────────────

const compiled = new Map<string, RegExp>();

/** `#` stands for a number. */
function matched(pattern: string, name: string): readonly string[] | undefined {
  const known = compiled.get(pattern);
  const made = known ?? new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('#', '(\\d+)')}$`);
  if (known === undefined) compiled.set(pattern, made);
  return made.exec(name)?.slice(1);
}

function filled(pattern: string, numbers: readonly string[]): string {
  let next = 0;
  return pattern.replaceAll('#', () => numbers[next++] ?? '');
}

/** Shape of each of the stored tensors. */
function storedShape(how: Layout, shape: Shape, count: number): Shape {
  switch (how.kind) {
    case 'same':
      return shape;
    case 'permuted':
      return how.permutation.map((_, axis) => shape[how.permutation.indexOf(axis)] ?? 1);
    case 'joined':
      return [(shape[0] ?? 1) / count, ...shape.slice(1)];
    case 'led':
      return [...Array.from({ length: how.ones }, () => 1), ...shape];
  }
}

function ownShape(how: Layout, stored: Shape, count: number): Shape {
  switch (how.kind) {
    case 'same':
      return stored;
    case 'permuted':
      return how.permutation.map((axis) => stored[axis] ?? 1);
    case 'joined':
      return [(stored[0] ?? 1) * count, ...stored.slice(1)];
    case 'led':
      return stored.slice(how.ones);
  }
}
