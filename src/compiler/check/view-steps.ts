/**
 * The operations that a view may be made of: what each reads, its parameters in order, and what it becomes. One without a body is checked
 * all the same. An amount `a` of a factor is the range `1 − a..1 + a`.
 */
import type { Bounds, Fill, ViewStep } from '../program/view.ts';
import type { Axis } from '../types/axis.ts';
import { transforms, type TransformName } from '../types/catalogue/transforms.ts';
import type { Domain, Transform } from '../types/catalogue/transforms/transform.ts';
import type { ComputedStep } from './computed-steps.ts';

export type Parsed =
  | number
  | string
  | boolean
  | Bounds
  | readonly number[]
  | Axis
  | readonly Axis[]
  | { readonly height: number; readonly width: number }
  | { readonly samples?: number; readonly seconds: number }
  | { readonly steps: readonly CheckedStep[] }
  | { readonly chains: readonly (readonly CheckedStep[])[] };

export type Given = Readonly<Record<string, Parsed>>;

export interface CheckedStep {
  readonly name: string;
  readonly given: Given;
  /** What is done to a column of a sample, before the graph; absent where that has no body. */
  readonly step?: ViewStep;
  /** What the graph does to a computed value; absent where that has no body. */
  readonly computed?: ComputedStep;
  readonly signature: StepSignature;
  /** `over: frame as moment` */
  readonly born?: readonly string[];
}

/** What a step does. */
export interface StepBody {
  /** Why the values do not go together, if they do not. */
  readonly refuse?: (given: Given, domains: readonly Domain[]) => string | undefined;
  /** The operation on a column, as data; undefined where it has no body. */
  readonly step?: (given: Given, domain: Domain) => ViewStep | undefined;
  /** The operation on a computed value, as data; undefined where it has no body. */
  readonly computed?: (given: Given, domain: Domain) => ComputedStep | undefined;
}

export type StepSignature = StepBody & Pick<Transform, 'domains' | 'parameters'>;

const number = (given: Given, name: string): number => Number(given[name]);
const text = (given: Given, name: string): string => {
  const value = given[name];
  return typeof value === 'string' ? value : '';
};
const bounds = (given: Given, name: string): Bounds => given[name] as Bounds;
const numbers = (given: Given, name: string): readonly number[] => given[name] as readonly number[];
const filled = (given: Given): Fill => given['fill'] as Fill;
const chance = (given: Given): { readonly chance: number } => ({ chance: number(given, 'p') });
const still: Bounds = [1, 1];

/** What the steps of the catalogue do. */
const bodies: Readonly<Record<TransformName, StepBody>> = {
  // ── of pictures ────────────────────────────────────────────────────
  random_resized_crop: {
    step: (given) => ({ kind: 'crop', area: bounds(given, 'area'), aspect: bounds(given, 'aspect') }),
    computed: (given) => ({ kind: 'crop', area: bounds(given, 'area'), aspect: bounds(given, 'aspect') }),
  },
  crop: {
    step: (given) => ({ kind: 'crop', area: bounds(given, 'area'), aspect: still }),
    computed: (given) => ({ kind: 'crop', area: bounds(given, 'area'), aspect: still }),
  },
  random_crop: {
    refuse: windowOptions,
    step: (given) => {
      const { size } = given;
      const most = given['one_class'];
      const { pad, min_sd: least } = given;
      if (typeof size === 'object' && 'seconds' in size) {
        const padding: { readonly pad?: 'edge' | 'silence' } = pad === 'edge' || pad === 'silence' ? { pad } : {};
        return { kind: 'sound_window', seconds: size.seconds, ...padding, ...(typeof least === 'number' ? { leastDeviation: least } : {}) }; // prettier-ignore
      }
      if (typeof size !== 'object' || !('height' in size)) return undefined;
      const share = typeof most === 'number' ? { mostOfOne: most } : {};
      return { kind: 'window', height: size.height, width: size.width, fill: filled(given), ...share };
    },
  },
  random_scale: {
    refuse: (given, domains) => coordinates(given) ?? (given['per'] !== undefined && !domains.includes('points') ? 'a picture has one scale: `per:` is of points' : undefined), // prettier-ignore
    step: (given, domain) =>
      domain === 'points'
        ? { kind: 'point_scale', factor: bounds(given, 'factor'), apart: given['per'] !== undefined }
        : { kind: 'scale', factor: bounds(given, 'factor') },
  },
  flip: {
    step: (given) => ({ kind: 'flip', along: given['along'] === 'height' ? 'height' : 'width', ...chance(given) }),
    computed: (given) => ({ kind: 'flip', along: given['along'] === 'height' ? 'height' : 'width', ...chance(given) }),
  },
  jitter: alike((given) => ({
    kind: 'jitter',
    brightness: bounds(given, 'brightness'),
    contrast: bounds(given, 'contrast'),
    saturation: bounds(given, 'saturation'),
    hue: bounds(given, 'hue'),
    ...chance(given),
  })),
  blur: alike((given) => ({ kind: 'blur', sigma: bounds(given, 'sigma'), ...chance(given) })),
  gray: alike((given) => ({ kind: 'gray', ...chance(given) })),
  rotate: alike((given) => ({ kind: 'rotate', angle: bounds(given, 'angle'), fill: filled(given), ...chance(given) })),
  erase: alike((given) => ({ kind: 'erase', area: bounds(given, 'area'), aspect: bounds(given, 'aspect'), fill: filled(given), ...chance(given) })), // prettier-ignore
  cutout: alike((given) => ({ kind: 'cutout', side: number(given, 'side'), fill: filled(given), ...chance(given) })),
  random_perspective: {
    step: (given) => ({ kind: 'perspective', distortion: number(given, 'distortion'), fill: filled(given), ...chance(given) }), // prettier-ignore
    computed: (given) => ({ kind: 'perspective', distortion: number(given, 'distortion'), fill: filled(given), ...chance(given) }), // prettier-ignore
  },
  multi_scale_crop: {
    refuse: ({ scales }) => (Array.isArray(scales) && (scales as readonly number[]).every((scale) => scale > 0 && scale <= 1) ? undefined : 'a part is a share of the picture: each scale lies above 0 and is at most 1'), // prettier-ignore
    step: (given) => ({ kind: 'multi_scale_crop', scales: numbers(given, 'scales') }),
    computed: (given) => ({ kind: 'multi_scale_crop', scales: numbers(given, 'scales') }),
  },
  rand_augment: {
    step: (given, domain) =>
      domain === 'picture' ? { kind: 'rand_augment', count: number(given, 'count'), strength: number(given, 'strength') } : undefined, // prettier-ignore
  },
  one_frame: {
    step: (given) => ({ kind: 'frame', test: given['test'] as 'first' | 'middle' | 'last' }),
  },
  // ── of texts ───────────────────────────────────────────────────────
  lower: { step: () => ({ kind: 'lower' }) },
  strip: {
    step: (given) => ({ kind: 'strip', characters: text(given, 'characters') }),
  },
  words: {
    step: (given) => ({ kind: 'words', most: number(given, 'most') }),
  },
  drop_words: { step: (given) => ({ kind: 'drop_words', ...chance(given) }) },
  swap: {
    step: (given) => ({ kind: 'swap', column: text(given, 'with'), ...chance(given) }),
  },
  // ── of points ──────────────────────────────────────────────────────
  random_shift: {
    refuse: coordinates,
    step: (given) => ({ kind: 'point_shift', by: bounds(given, 'by'), apart: given['per'] !== undefined }),
  },
  shuffle: {
    step: (given) => (axisName(given['over']) === 'point' ? { kind: 'point_order' } : undefined),
    computed: (given) => along(given, (over) => ({ kind: 'shuffle', over })),
  },
  // ── of sounds, and of what is computed ─────────────────────────────
  reverse: {
    refuse: overTime,
    step: (given, domain) => (domain === 'sound' ? { kind: 'sound_reverse', ...chance(given) } : undefined),
    computed: (given) => along(given, (over) => ({ kind: 'reverse', over, ...chance(given) })),
  },
  speed: {
    refuse: (given, domains) => overTime(given, domains) ?? ((given['factor'] === undefined) === (given['of'] === undefined) ? 'a speed is drawn from a range, `speed(0.67..1.5)`, or is one of a list, `speed(of: [1, 0.5])`' : undefined), // prettier-ignore
    step: (given, domain) =>
      domain === 'sound' && given['factor'] !== undefined ? { kind: 'sound_speed', factor: bounds(given, 'factor') } : undefined, // prettier-ignore
    computed: (given) =>
      along(given, (over) => ({ kind: 'speed', over, factors: given['of'] === undefined ? { between: bounds(given, 'factor') } : numbers(given, 'of') })), // prettier-ignore
  },
  noise: {
    step: (given) => ({ kind: 'sound_noise', snr: bounds(given, 'snr'), ...chance(given) }),
  },
  gain: {
    step: (given) => ({ kind: 'sound_gain', factor: bounds(given, 'factor'), ...chance(given) }),
  },
  window: {
    computed: (given) => along(given, (over) => ({ kind: 'window', over, size: number(given, 'size'), as: over })),
  },
  mask_spans: {
    computed: (given) => ({ kind: 'mask_spans', over: given['over'] as readonly Axis[], starts: number(given, 'starts'), span: number(given, 'span') }), // prettier-ignore
  },
  // ── of anything ────────────────────────────────────────────────────
  choose: {
    step: (given) => {
      const of = chainsOf(given['of']);
      return of === undefined ? undefined : { kind: 'choose', count: number(given, 'count'), replace: given['replace'] === true, of }; // prettier-ignore
    },
    computed: (given) => {
      const of = computedChains(given['of']);
      return of === undefined ? undefined : { kind: 'choose', count: number(given, 'count'), replace: given['replace'] === true, of }; // prettier-ignore
    },
  },
  maybe: {
    step: (given) => {
      const chain = given['do'];
      const of = typeof chain === 'object' && 'steps' in chain ? built(chain.steps) : undefined;
      return of === undefined ? undefined : { kind: 'maybe', ...chance(given), of };
    },
    computed: (given) => {
      const chain = given['do'];
      const of = typeof chain === 'object' && 'steps' in chain ? computedSteps(chain.steps) : undefined;
      return of === undefined ? undefined : { kind: 'maybe', ...chance(given), of };
    },
  },
  identity: {
    step: () => ({ kind: 'maybe', chance: 0, of: [] }),
    computed: () => ({ kind: 'maybe', chance: 0, of: [] }),
  },
};

/** The steps by name: what the catalogue says of each, and what it does. */
export const viewSteps: Readonly<Record<string, StepSignature>> = Object.fromEntries(
  Object.entries(bodies).map(([name, body]) => {
    const { domains, parameters } = transforms[name as TransformName]; // the names of the table above
    return [name, { domains, parameters, ...body }];
  }),
);

/** The same of a column and of a computed value. */
function alike(step: (given: Given) => ViewStep & ComputedStep) {
  return { step, computed: step };
}

/** Along the axis that the file names. */
function along(given: Given, step: (over: Axis) => ComputedStep): ComputedStep | undefined {
  const { over } = given;
  return typeof over === 'object' && 'id' in over ? step(over) : undefined;
}

/** `per:` of points is `xyz`. */
function coordinates(given: Given): string | undefined {
  const per = axisName(given['per']);
  return per === undefined || per === 'xyz'
    ? undefined
    : `each coordinate may have a draw of its own: \`per: xyz\`, not \`${per}\``;
}

/** A sound goes over time alone. */
function overTime(given: Given, domains: readonly Domain[]): string | undefined {
  const over = axisName(given['over']);
  return over === undefined || over === 'time' || !domains.includes('sound') ? undefined : `a sound goes over \`time\`, not \`${over}\``; // prettier-ignore
}

/** `random_crop` of a sound and of a picture take other options. */
function windowOptions(given: Given, domains: readonly Domain[]): string | undefined {
  if (domains.length === 0) return undefined;
  const { size } = given;
  const isTime = typeof size === 'object' && 'seconds' in size;
  if (isTime !== domains.includes('sound')) return isTime ? 'a picture is cut to pixels, not to a time' : 'a sound is cut to a time: `random_crop(1 s)`'; // prettier-ignore
  const odd = (isTime ? ['one_class'] : ['pad', 'min_sd']).find((name) => given[name] !== undefined);
  if (odd !== undefined) return `\`${odd}\` is of ${isTime ? 'pictures' : 'sounds'}`;
  return given['one_class'] !== undefined && !domains.includes('labels') ? '`one_class` looks at a mask that is cut along: `augment (view, target) = (scene, label) |> …`' : undefined; // prettier-ignore
}

/** The steps as data; undefined where one of them has no body. */
export function built(steps: readonly CheckedStep[]): readonly ViewStep[] | undefined {
  const found = steps.flatMap(({ step }) => (step === undefined ? [] : [step]));
  return found.length === steps.length ? found : undefined;
}

/** The steps as the graph does them; undefined where one of them has no body there. */
export function computedSteps(steps: readonly CheckedStep[]): readonly ComputedStep[] | undefined {
  const found = steps.flatMap(({ computed }) => (computed === undefined ? [] : [computed]));
  return found.length === steps.length ? found : undefined;
}

function chainsOf(given: Parsed | undefined): readonly (readonly ViewStep[])[] | undefined {
  if (typeof given !== 'object' || !('chains' in given)) return undefined;
  const chains = given.chains.map(built);
  return chains.every((chain) => chain !== undefined) ? chains : undefined;
}

function computedChains(given: Parsed | undefined): readonly (readonly ComputedStep[])[] | undefined {
  if (typeof given !== 'object' || !('chains' in given)) return undefined;
  const chains = given.chains.map(computedSteps);
  return chains.every((chain) => chain !== undefined) ? chains : undefined;
}

const axisName = (given: Parsed | undefined): string | undefined =>
  typeof given === 'object' && 'id' in given ? given.name : undefined;
