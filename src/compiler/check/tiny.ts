/** The same experiment at the sizes of `--random-data`: encoders, batches and lengths. Everything else is as the file says. */
import type { EncoderConfig, ImageTowerConfig, TextTowerConfig } from '../types/model-config.ts';
import type { TinySizes } from '../types/tiny-sizes.ts';
import type { CheckedEvaluation, CheckedStage, CheckedTraining } from './checked.ts';
import type { Instance, Origin } from './typed.ts';

/** Entries of a token table: a stand-in knows few words. */
const words = 512;
/** An encoder of the same architecture and the same pixels, with fewer and narrower layers. */
export function tinyEncoder(config: EncoderConfig, sizes: TinySizes): EncoderConfig {
  const narrow = (written: number, factor = 1): number =>
    sizes.width === undefined ? written : Math.min(written, sizes.width * factor);
  const depth = (written: number): number => Math.min(written, sizes.layers ?? written);
  const rows = (written: number): number => (sizes.width === undefined ? written : Math.min(written, words));
  switch (config.kind) {
    case 'clip':
      return { ...config, joint: narrow(config.joint), image: tinyTower(config.image, sizes), text: textTower(config.text) };
    case 'text_transformer':
      return textTower(config);
    case 'bert':
      return { ...config, ...headed(narrow(config.width), config.heads), hidden: narrow(config.hidden, 4), layers: depth(config.layers), vocabulary: rows(config.vocabulary) };
    case 'ast': {
      const patch = coarser(config.patch, Math.min(config.mels, config.frames), sizes);
      const stride = sizes.patches === undefined ? config.stride : Math.max(patch, config.stride);
      return { ...config, ...headed(narrow(config.width), config.heads), layers: depth(config.layers), patch, stride };
    }
    default:
      return tinyTower(config, sizes);
  }

  function textTower(tower: TextTowerConfig): TextTowerConfig {
    // a stand-in for its tokenizer says where texts end
    const { end: _end, hidden, ...rest } = tower;
    return { ...rest, ...headed(narrow(tower.width), tower.heads), layers: depth(tower.layers), vocabulary: rows(tower.vocabulary), ...(hidden === undefined ? {} : { hidden: narrow(hidden, 4) }) };
  }
} // prettier-ignore

function tinyTower(config: ImageTowerConfig, sizes: TinySizes): ImageTowerConfig {
  const { width } = sizes;
  const narrow = (written: number, share: number): number => (width === undefined ? written : Math.min(written, width / share)); // prettier-ignore
  const depth = (written: number): number => Math.min(written, sizes.layers ?? written);
  switch (config.kind) {
    case 'vit':
      return { ...config, ...headed(narrow(config.width, 1), config.heads), layers: depth(config.layers), patch: coarser(config.patch, config.size, sizes), ...(config.hidden === undefined ? {} : { hidden: narrow(config.hidden, 1 / 4) }) }; // prettier-ignore
    case 'modified_resnet': {
      // its last map has 32 times as many channels
      const own = narrow(config.width, 8);
      return { ...config, width: own, heads: headed(32 * own, config.heads).heads, blocks: config.blocks.map(depth) };
    }
    case 'resnet':
      return { ...config, width: narrow(config.width, 4) };
    case 'residual':
      return { ...config, width: narrow(config.width, 2), blocks: config.blocks.map((channels) => narrow(channels, 2)) }; // prettier-ignore
  }
}

/** Heads divide the width: as many as are written, or two. */
const headed = (width: number, heads: number): { readonly width: number; readonly heads: number } => ({ width, heads: width % heads === 0 ? heads : 2 }); // prettier-ignore

/** Patches that are larger and still tile. */
function coarser(patch: number, size: number, { patches }: TinySizes): number {
  if (patches === undefined || size % patches !== 0) return patch;
  return Math.max(patch, size / patches);
}

/** A few steps on small batches, to the end: nothing stops it early. */
function tinyTraining(training: CheckedTraining, sizes: TinySizes): CheckedTraining {
  const { epochs, steps, stop: _stop, checkpoint: _checkpoint, ...rest } = training;
  const { accumulate, restarts, search, sampler, chunk } = rest;
  const trains = (steps ?? epochs ?? 0) > 0 || search !== undefined;
  const each = sampler?.kind === 'per-class' ? sampler.count : 1;
  // two chunks of six: one sample has no pairs, and other small numbers are those of other axes and of formulas
  const few = chunk === undefined ? 2 : 12;
  const least = each * Math.max(few, Math.ceil((sizes.batch ?? 0) / each));
  const batch = sizes.batch === undefined ? rest.batch : Math.min(rest.batch, least);
  return {
    ...rest,
    batch,
    // random pictures and a rate that is meant for others soon leave the numbers there are
    clipGradient: Math.min(1, rest.clipGradient ?? 1),
    ...(search === undefined ? { steps: trains ? Math.min(steps ?? sizes.steps, sizes.steps) : 0 } : {}),
    ...(accumulate === undefined ? {} : { accumulate: Math.min(2, accumulate) }),
    ...(restarts === undefined ? {} : { restarts: Math.min(2, restarts) }),
    ...(chunk === undefined ? {} : { chunk: batch % 2 === 0 ? Math.min(chunk, batch / 2) : batch }),
    ...(search === undefined ? {} : { search: { ...search, method: tinySearch(search.method) } }),
  };
}

/** Two values of each: candidates of several elements are a power of them. */
function tinySearch(method: NonNullable<CheckedTraining['search']>['method']): NonNullable<CheckedTraining['search']>['method'] {
  const values = method.values.slice(0, 2);
  if (method.kind === 'random') return { ...method, values, tries: Math.min(2, method.tries) };
  return method.kind === 'coordinate' ? { ...method, values, rounds: 1 } : { ...method, values };
} // prettier-ignore

/** Once, at the end. */
function tinyEvaluation(evaluation: CheckedEvaluation, { batch }: TinySizes): CheckedEvaluation {
  const { every: _, ...rest } = evaluation;
  return { ...rest, batch: Math.min(rest.batch, batch ?? rest.batch) };
}

/** A stage at these sizes. What would be read from files and runs is not: such tensors start as their layers do. */
export function tinyStage(stage: CheckedStage, sizes: TinySizes): CheckedStage {
  return {
    ...stage,
    training: tinyTraining(stage.training, sizes),
    evaluations: stage.evaluations.map((evaluation) => tinyEvaluation(evaluation, sizes)),
    instances: stage.instances.map(unread),
  };
}

function unread(read: Instance): Instance {
  const { from: _, checkpoint: _names, ...instance } = read;
  const { parts } = instance;
  if (parts === undefined) return withoutFile(instance);
  const own = Object.entries(parts).map(([key, part]) => [key, withoutFile(part)] as const);
  return { ...withoutFile(instance), parts: Object.fromEntries(own) };
}

function withoutFile<Started extends { readonly origin?: Origin }>(started: Started): Started {
  if (started.origin === undefined || started.origin.kind === 'part') return started;
  const { origin: _, ...rest } = started;
  return rest as Started; // its origin may be absent
}
