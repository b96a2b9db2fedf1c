/**
 * The operations that a view may be made of: what each reads, its parameters in order, and what it becomes. One without a body is checked
 * all the same. An amount `a` of a factor is the range `1 − a..1 + a`.
 */
import type { Bounds, Fill, ViewStep } from '../program/view.ts';
import type { Axis } from '../types/axis.ts';
import type { ComputedStep } from './computed-steps.ts';

/** What a view is of. `labels` are numbers of pixels: moved like a picture, never mixed. */
export type Domain = 'picture' | 'labels' | 'text' | 'points' | 'sound' | 'other';

/** How a parameter is written. */
export type ParameterKind =
  | 'share' | 'bounds' | 'factor' | 'angles' | 'turns' | 'number' | 'whole' | 'size' | 'time' | 'words' | 'axis' | 'axes' | 'list' | 'string'
  | 'column' | 'chain' | 'chains' | 'flag'; // prettier-ignore

export interface StepParameter {
  readonly name: string;
  readonly kind: ParameterKind;
  /** Without one it has to be given, unless it is `optional`. */
  readonly fallback?: Parsed;
  readonly optional?: true;
  readonly words?: readonly string[];
  /** Bounds of what makes sense. */
  readonly least?: number;
  readonly most?: number;
  /** Given by its name alone. */
  readonly named?: true;
}

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

export interface StepSignature {
  readonly domains: readonly Domain[];
  readonly parameters: readonly StepParameter[];
  /** Why the values do not go together, if they do not. */
  readonly refuse?: (given: Given, domains: readonly Domain[]) => string | undefined;
  /** The operation on a column, as data; undefined where it has no body. */
  readonly step?: (given: Given, domain: Domain) => ViewStep | undefined;
  /** The operation on a computed value, as data; undefined where it has no body. */
  readonly computed?: (given: Given, domain: Domain) => ComputedStep | undefined;
}

const picture: readonly Domain[] = ['picture', 'labels'];
const any: readonly Domain[] = ['picture', 'labels', 'text', 'points', 'sound', 'other'];

const fills = ['black', 'white', 'mean', 'random'] as const;
const fill: StepParameter = { name: 'fill', kind: 'words', words: fills, fallback: 'black', named: true };
const p = (fallback: number): StepParameter => ({ name: 'p', kind: 'share', fallback });
const aspect = (low: number, high: number): StepParameter => ({ name: 'aspect', kind: 'bounds', fallback: [low, high], least: 0.01, named: true }); // prettier-ignore
const area: StepParameter = { name: 'area', kind: 'bounds', least: 0, most: 1 };

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

export const viewSteps: Readonly<Record<string, StepSignature>> = {
  // ── of pictures ────────────────────────────────────────────────────
  /** Szegedy et al., "Going deeper with convolutions", 2015; torchvision's RandomResizedCrop. */
  random_resized_crop: {
    domains: picture,
    parameters: [{ ...area, fallback: [0.08, 1] }, aspect(3 / 4, 4 / 3)],
    step: (given) => ({ kind: 'crop', area: bounds(given, 'area'), aspect: bounds(given, 'aspect') }),
    computed: (given) => ({ kind: 'crop', area: bounds(given, 'area'), aspect: bounds(given, 'aspect') }),
  },
  /** The same at the proportions of the picture. */
  crop: {
    domains: picture,
    parameters: [area],
    step: (given) => ({ kind: 'crop', area: bounds(given, 'area'), aspect: still }),
    computed: (given) => ({ kind: 'crop', area: bounds(given, 'area'), aspect: still }),
  },
  random_crop: {
    domains: ['picture', 'labels', 'sound'],
    parameters: [
      { name: 'size', kind: 'size' },
      { name: 'one_class', kind: 'share', optional: true, named: true },
      { name: 'pad', kind: 'words', words: ['edge', 'silence'], optional: true, named: true },
      { name: 'min_sd', kind: 'share', optional: true, named: true },
      fill,
    ],
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
    domains: ['picture', 'labels', 'points'],
    parameters: [
      { name: 'factor', kind: 'bounds', least: 0.01, most: 100 },
      { name: 'per', kind: 'axis', optional: true, named: true },
    ],
    refuse: (given, domains) => coordinates(given) ?? (given['per'] !== undefined && !domains.includes('points') ? 'a picture has one scale: `per:` is of points' : undefined), // prettier-ignore
    step: (given, domain) =>
      domain === 'points'
        ? { kind: 'point_scale', factor: bounds(given, 'factor'), apart: given['per'] !== undefined }
        : { kind: 'scale', factor: bounds(given, 'factor') },
  },
  flip: {
    domains: picture,
    parameters: [p(0.5), { name: 'along', kind: 'words', words: ['width', 'height'], fallback: 'width', named: true }],
    step: (given) => ({ kind: 'flip', along: given['along'] === 'height' ? 'height' : 'width', ...chance(given) }),
    computed: (given) => ({ kind: 'flip', along: given['along'] === 'height' ? 'height' : 'width', ...chance(given) }),
  },
  jitter: {
    domains: picture,
    parameters: [
      { name: 'brightness', kind: 'factor', fallback: still },
      { name: 'contrast', kind: 'factor', fallback: still },
      { name: 'saturation', kind: 'factor', fallback: still },
      { name: 'hue', kind: 'turns', fallback: [0, 0] },
      { ...p(1), named: true },
    ],
    step: (given) => ({
      kind: 'jitter',
      brightness: bounds(given, 'brightness'),
      contrast: bounds(given, 'contrast'),
      saturation: bounds(given, 'saturation'),
      hue: bounds(given, 'hue'),
      ...chance(given),
    }),
  },
  blur: {
    domains: picture,
    parameters: [{ name: 'sigma', kind: 'bounds', least: 0, most: 100 }, p(1)],
    step: (given) => ({ kind: 'blur', sigma: bounds(given, 'sigma'), ...chance(given) }),
  },
  gray: { domains: picture, parameters: [p(1)], step: (given) => ({ kind: 'gray', ...chance(given) }) },
  rotate: {
    domains: picture,
    parameters: [{ name: 'angle', kind: 'angles' }, p(1), fill],
    step: (given) => ({ kind: 'rotate', angle: bounds(given, 'angle'), fill: filled(given), ...chance(given) }),
  },
  /** Zhong et al., "Random Erasing Data Augmentation", 2020. */
  erase: {
    domains: picture,
    parameters: [{ ...area, fallback: [0.02, 0.33] }, p(0.5), aspect(0.3, 3.3), { ...fill, fallback: 'random' }],
    step: (given) => ({ kind: 'erase', area: bounds(given, 'area'), aspect: bounds(given, 'aspect'), fill: filled(given), ...chance(given) }), // prettier-ignore
  },
  /** DeVries & Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017. */
  cutout: {
    domains: picture,
    parameters: [{ name: 'side', kind: 'share' }, p(1), fill],
    step: (given) => ({ kind: 'cutout', side: number(given, 'side'), fill: filled(given), ...chance(given) }),
  },
  random_perspective: {
    domains: picture,
    parameters: [{ name: 'distortion', kind: 'share' }, p(0.5), fill],
    computed: (given) => ({ kind: 'perspective', distortion: number(given, 'distortion'), fill: filled(given), ...chance(given) }), // prettier-ignore
  },
  /** Wang et al., "Temporal Segment Networks", 2016. */
  multi_scale_crop: {
    domains: picture,
    parameters: [{ name: 'scales', kind: 'list' }],
    refuse: ({ scales }) => (Array.isArray(scales) && (scales as readonly number[]).every((scale) => scale > 0 && scale <= 1) ? undefined : 'a part is a share of the picture: each scale lies above 0 and is at most 1'), // prettier-ignore
    step: (given) => ({ kind: 'multi_scale_crop', scales: numbers(given, 'scales') }),
    computed: (given) => ({ kind: 'multi_scale_crop', scales: numbers(given, 'scales') }),
  },
  /** Cubuk et al., "RandAugment", 2020. */
  rand_augment: {
    domains: picture,
    parameters: [
      { name: 'count', kind: 'whole', least: 1 },
      { name: 'strength', kind: 'number', least: 0, most: 30 },
    ],
    step: (given, domain) =>
      domain === 'picture' ? { kind: 'rand_augment', count: number(given, 'count'), strength: number(given, 'strength') } : undefined, // prettier-ignore
  },
  one_frame: {
    domains: ['picture', 'other'],
    parameters: [{ name: 'test', kind: 'words', words: ['first', 'middle', 'last'], fallback: 'middle', named: true }],
    step: (given) => ({ kind: 'frame', test: given['test'] as 'first' | 'middle' | 'last' }),
  },
  // ── of texts ───────────────────────────────────────────────────────
  lower: { domains: ['text'], parameters: [], step: () => ({ kind: 'lower' }) },
  strip: {
    domains: ['text'],
    parameters: [{ name: 'characters', kind: 'string' }],
    step: (given) => ({ kind: 'strip', characters: text(given, 'characters') }),
  },
  words: {
    domains: ['text'],
    parameters: [{ name: 'most', kind: 'whole', least: 1 }],
    step: (given) => ({ kind: 'words', most: number(given, 'most') }),
  },
  drop_words: { domains: ['text'], parameters: [p(0.1)], step: (given) => ({ kind: 'drop_words', ...chance(given) }) },
  swap: {
    domains: ['text'],
    parameters: [{ name: 'with', kind: 'column' }, p(0.5)],
    step: (given) => ({ kind: 'swap', column: text(given, 'with'), ...chance(given) }),
  },
  // ── of points ──────────────────────────────────────────────────────
  random_shift: {
    domains: ['points'],
    parameters: [
      { name: 'by', kind: 'bounds' },
      { name: 'per', kind: 'axis', optional: true, named: true },
    ],
    refuse: coordinates,
    step: (given) => ({ kind: 'point_shift', by: bounds(given, 'by'), apart: given['per'] !== undefined }),
  },
  shuffle: {
    domains: ['points', 'other'],
    parameters: [{ name: 'over', kind: 'axis', named: true }],
    step: (given) => (axisName(given['over']) === 'point' ? { kind: 'point_order' } : undefined),
    computed: (given) => along(given, (over) => ({ kind: 'shuffle', over })),
  },
  // ── of sounds, and of what is computed ─────────────────────────────
  reverse: {
    domains: ['sound', 'other'],
    parameters: [p(0.5), { name: 'over', kind: 'axis', optional: true, named: true }],
    refuse: overTime,
    step: (given, domain) => (domain === 'sound' ? { kind: 'sound_reverse', ...chance(given) } : undefined),
    computed: (given) => along(given, (over) => ({ kind: 'reverse', over, ...chance(given) })),
  },
  speed: {
    domains: ['sound', 'picture', 'other'],
    parameters: [
      { name: 'factor', kind: 'bounds', least: 0.01, most: 100, optional: true },
      { name: 'of', kind: 'list', optional: true, named: true },
      { name: 'over', kind: 'axis', optional: true, named: true },
    ],
    refuse: (given, domains) => overTime(given, domains) ?? ((given['factor'] === undefined) === (given['of'] === undefined) ? 'a speed is drawn from a range, `speed(0.67..1.5)`, or is one of a list, `speed(of: [1, 0.5])`' : undefined), // prettier-ignore
    step: (given, domain) =>
      domain === 'sound' && given['factor'] !== undefined ? { kind: 'sound_speed', factor: bounds(given, 'factor') } : undefined, // prettier-ignore
    computed: (given) =>
      along(given, (over) => ({ kind: 'speed', over, factors: given['of'] === undefined ? { between: bounds(given, 'factor') } : numbers(given, 'of') })), // prettier-ignore
  },
  noise: {
    domains: ['sound'],
    parameters: [{ name: 'snr', kind: 'bounds', named: true }, p(1)],
    step: (given) => ({ kind: 'sound_noise', snr: bounds(given, 'snr'), ...chance(given) }),
  },
  gain: {
    domains: ['sound'],
    parameters: [{ name: 'factor', kind: 'bounds', least: 0, most: 100 }, p(1)],
    step: (given) => ({ kind: 'sound_gain', factor: bounds(given, 'factor'), ...chance(given) }),
  },
  window: {
    domains: ['sound', 'picture', 'other'],
    parameters: [
      { name: 'size', kind: 'whole', least: 1 },
      { name: 'over', kind: 'axis', named: true },
    ],
    computed: (given) => along(given, (over) => ({ kind: 'window', over, size: number(given, 'size'), as: over })),
  },
  /** Park et al., "SpecAugment", 2019. */
  mask_spans: {
    domains: ['sound', 'picture', 'other'],
    parameters: [
      { name: 'over', kind: 'axes', named: true },
      { name: 'starts', kind: 'share', named: true },
      { name: 'span', kind: 'whole', least: 1, named: true },
    ],
    computed: (given) => ({ kind: 'mask_spans', over: given['over'] as readonly Axis[], starts: number(given, 'starts'), span: number(given, 'span') }), // prettier-ignore
  },
  // ── of anything ────────────────────────────────────────────────────
  choose: {
    domains: any,
    parameters: [
      { name: 'count', kind: 'whole', least: 1 },
      { name: 'of', kind: 'chains', named: true },
      { name: 'replace', kind: 'flag', fallback: false, named: true },
    ],
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
    domains: any,
    parameters: [
      { name: 'p', kind: 'share' },
      { name: 'do', kind: 'chain' },
    ],
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
    domains: any,
    parameters: [],
    step: () => ({ kind: 'maybe', chance: 0, of: [] }),
    computed: () => ({ kind: 'maybe', chance: 0, of: [] }),
  },
};

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
