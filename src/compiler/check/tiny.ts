/** The same experiment at the sizes of `--random-data`: encoders, batches and lengths. Everything else is as the file says. */
import type { EncoderConfig } from '../types/model-config.ts';
import type { TinySizes } from '../types/tiny-sizes.ts';
import type { CheckedEvaluation, CheckedStage, CheckedTraining } from './checked.ts';
import type { Instance, Origin } from './typed.ts';

/** Entries of a token table: a stand-in knows few words. */
const words = 128;
/** Patches along each side of a picture. */
const patches = 4;

/** An encoder of the same architecture and the same pixels, with fewer and narrower layers. */
export function tinyEncoder<Config extends EncoderConfig>(config: Config, sizes: TinySizes): Config;
export function tinyEncoder(config: EncoderConfig, { layers, width, ...rest }: TinySizes): EncoderConfig {
  const depth = (written: number): number => Math.min(written, layers ?? written);
  const narrow = <Sizes extends { readonly width: number; readonly heads: number }>({ width: written, heads }: Sizes): Pick<Sizes, 'width' | 'heads'> => {
    const own = Math.min(written, width ?? written);
    return { width: own, heads: own % heads === 0 ? heads : 2 };
  }; // prettier-ignore
  switch (config.kind) {
    case 'clip': {
      const sizes = { ...rest, ...(layers !== undefined && { layers }), ...(width !== undefined && { width }) };
      const image = tinyEncoder(config.image, sizes);
      return { ...config, joint: Math.min(config.joint, width ?? config.joint), image, text: tinyEncoder(config.text, sizes) }; // prettier-ignore
    }
    case 'vit':
      return { ...config, ...narrow(config), layers: depth(config.layers), patch: coarser(config.patch, config.size) };
    case 'text_transformer':
      return { ...config, ...narrow(config), layers: depth(config.layers), vocabulary: Math.min(config.vocabulary, words) }; // prettier-ignore
    case 'bert': {
      const narrowed = narrow(config);
      const hidden = Math.round((config.hidden * narrowed.width) / config.width);
      return { ...config, ...narrowed, hidden, layers: depth(config.layers), vocabulary: Math.min(config.vocabulary, words) }; // prettier-ignore
    }
    case 'ast': {
      const patch = coarser(config.patch, Math.min(config.mels, config.frames));
      return { ...config, ...narrow(config), layers: depth(config.layers), patch, stride: Math.max(patch, config.stride) }; // prettier-ignore
    }
    case 'modified_resnet': {
      // its last map has 32 times as many channels
      const own = width === undefined ? config.width : Math.min(config.width, width / 8);
      return { ...config, width: own, heads: (32 * own) % config.heads === 0 ? config.heads : 2, blocks: config.blocks.map((count) => depth(count)) }; // prettier-ignore
    }
    case 'resnet':
      return { ...config, width: width === undefined ? config.width : Math.min(config.width, width / 4) };
    case 'residual': {
      const thin = (channels: number): number => (width === undefined ? channels : Math.min(channels, width / 2));
      return { ...config, width: thin(config.width), blocks: config.blocks.map(thin) };
    }
  }
}

/** Patches that are larger and still tile. */
function coarser(patch: number, size: number): number {
  const wanted = Math.floor(size / patches);
  return wanted > patch && size % patches === 0 ? wanted : patch;
}

/** A few steps on small batches, to the end: nothing stops it early. */
function tinyTraining(training: CheckedTraining, sizes: TinySizes): CheckedTraining {
  const { epochs, steps, stop: _stop, checkpoint: _checkpoint, ...rest } = training;
  const { accumulate, restarts, search, sampler, chunk } = rest;
  const trains = (steps ?? epochs ?? 0) > 0 || search !== undefined;
  const each = sampler?.kind === 'per-class' ? sampler.count : 1;
  const least = each * Math.max(2, Math.ceil((sizes.batch ?? 0) / each));
  const batch = sizes.batch === undefined ? rest.batch : Math.min(rest.batch, least);
  return {
    ...rest,
    batch,
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
function tinyEvaluation({ every: _, ...rest }: CheckedEvaluation, { batch }: TinySizes): CheckedEvaluation {
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

function unread({ from: _, ...instance }: Instance): Instance {
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
