import type { CheckedExperiment } from '../check/checked.ts';
import { countedPaths } from '../check/parts/counted-paths.ts';
import type { InstanceShape, StateOverride } from '../check/typed.ts';
import type { Span } from '../source/span.ts';

export interface TensorState {
  readonly flag: 'frozen' | 'trainable';
  readonly learningRateScale: number;
  readonly learningRate?: number;
  readonly decay?: boolean;
  readonly decayRate?: number;
  readonly clamp?: readonly [number, number];
  readonly statistics?: 'fixed';
  readonly dropout?: number;
  /** What decided the flag. */
  readonly span: Span;
}

/** State of one tensor: the owner's flag, then the exceptions by path, the most specific (longest) last. */
export function stateOf(
  checked: Pick<CheckedExperiment, 'instances' | 'parameters'>,
  owner: string,
  path: string,
): TensorState {
  const part = [...checked.instances, ...checked.parameters].find((each) => each.name === owner);
  if (part === undefined) return { flag: 'frozen', learningRateScale: 1, span: { file: '', start: 0, end: 0 } };
  let state: TensorState = { flag: part.flag, learningRateScale: 1, span: part.span };
  const matching = part.overrides
    .map((override) => ({ override, length: matchLength(override, path, part) }))
    .filter((match) => match.length >= 0)
    .sort((a, b) => a.length - b.length);
  for (const { override } of matching) {
    state = {
      ...state,
      ...(override.flag === undefined ? {} : { flag: override.flag, span: override.span }),
      ...(override.learningRateScale === undefined ? {} : { learningRateScale: override.learningRateScale }),
      ...(override.learningRate === undefined ? {} : { learningRate: override.learningRate }),
      ...(override.decay === undefined ? {} : { decay: override.decay }),
      ...(override.decayRate === undefined ? {} : { decayRate: override.decayRate }),
      ...(override.clamp === undefined ? {} : { clamp: override.clamp }),
      ...(override.statistics === undefined ? {} : { statistics: override.statistics }),
      ...(override.dropout === undefined ? {} : { dropout: override.dropout }),
    };
  }
  return state;
}

/** What holds exceptions by path: an encoder or module, or a param, which has no shape. */
interface Holder {
  readonly name?: string;
  readonly shape?: InstanceShape;
}

/**
 * Length of the longest of the override's paths that is the tensor's or stands above it; −1 for none. The empty path is the whole. Stages
 * are written as their taps are, `image.stage[3]`; one tower of a CLIP is written without its name.
 */
export function matchLength(override: StateOverride, path: string, { shape }: Holder = {}): number {
  const tower = shape?.kind === 'encoder' ? shape.tower : undefined;
  const own = tower !== undefined && path.startsWith(`${tower}.`) ? [path, path.slice(tower.length + 1)] : [path];
  const names = own.map(written);
  const lengths = countedPaths(override.paths, shape)
    .map(written)
    .filter((each) => names.some((name) => each === '' || name === each || name.startsWith(`${each}.`)))
    .map((each) => each.length);
  return Math.max(-1, ...lengths);
}

const written = (path: string): string => path.replaceAll(/(^|\.)stage(\d)/g, '$1stage.$2');
