/** Views of columns as plain data: `augment v = x |> random_resized_crop(0.8..1.0) |> flip(50 %)`. */
import { formatFactor, formatShare } from '../common/format-number.ts';

/** What a column is of another one. */
export interface View {
  /** The column that it is a view of; that may be a view itself. */
  readonly of: string;
  /** Names its random stream: columns that are transformed together share one. */
  readonly stream: string;
  readonly steps: readonly ViewStep[];
  /** Columns that are moved by the same draws, where a draw depends on one of them. */
  readonly along?: readonly string[];
  /** `[view: 4]`: so many draws, along an axis after the batch. */
  readonly count?: number;
  /** `draws: 5 of view`: so many draws of it and of all that it is made of, along an axis after the batch, in evaluations too. */
  readonly draws?: number;
}

/** From and to; a number that is not drawn is both. */
export type Bounds = readonly [number, number];

export type Fill = 'black' | 'white' | 'mean' | 'random';

/** One operation. `chance`: how often it is done. Lengths are in shares of the picture, angles in radians. */
export type ViewStep = PictureStep | TextStep | PointStep | SoundStep | ChoiceStep;

export type PictureStep =
  /** A part of that share of the area and that ratio of width to height, scaled back to the size it is taken from. */
  | { readonly kind: 'crop'; readonly area: Bounds; readonly aspect: Bounds }
  /** A part of so many pixels; beyond the picture is `fill`. `mostOfOne`: of ten draws the first in whose mask no class has that share. */
  | { readonly kind: 'window'; readonly height: number; readonly width: number; readonly fill: Fill; readonly mostOfOne?: number }
  /** So many operations of a list, each of this strength from 0 to 30. */
  | { readonly kind: 'rand_augment'; readonly count: number; readonly strength: number }
  /** A part whose width and height are two of these shares that are neighbours or one, at one of thirteen places. */
  | { readonly kind: 'multi_scale_crop'; readonly scales: readonly number[] }
  | { readonly kind: 'flip'; readonly along: 'width' | 'height'; readonly chance: number }
  /** Factors, and the turn of the hue. */
  | { readonly kind: 'jitter'; readonly brightness: Bounds; readonly contrast: Bounds; readonly saturation: Bounds; readonly hue: Bounds; readonly chance: number }
  | { readonly kind: 'blur'; readonly sigma: Bounds; readonly chance: number }
  | { readonly kind: 'gray'; readonly chance: number }
  | { readonly kind: 'rotate'; readonly angle: Bounds; readonly fill: Fill; readonly chance: number }
  /** Each corner moves inwards by up to half of that share of its side. */
  | { readonly kind: 'perspective'; readonly distortion: number; readonly fill: Fill; readonly chance: number }
  /** A rectangle of that share of the area and that ratio of width to height. */
  | { readonly kind: 'erase'; readonly area: Bounds; readonly aspect: Bounds; readonly fill: Fill; readonly chance: number }
  /** A square of that share of the shorter side, around a point anywhere. */
  | { readonly kind: 'cutout'; readonly side: number; readonly fill: Fill; readonly chance: number }
  /** A picture of so many times the size: a `window` follows. */
  | { readonly kind: 'scale'; readonly factor: Bounds }
  /** One frame of a film. */
  | { readonly kind: 'frame'; readonly test: 'first' | 'middle' | 'last' }; // prettier-ignore

export type TextStep =
  | { readonly kind: 'lower' }
  /** Takes these characters out. */
  | { readonly kind: 'strip'; readonly characters: string }
  /** The first so many words. */
  | { readonly kind: 'words'; readonly most: number }
  | { readonly kind: 'drop_words'; readonly chance: number }
  /** The text of another column. */
  | { readonly kind: 'swap'; readonly column: string; readonly chance: number };

export type PointStep =
  /** `apart`: each coordinate has a draw of its own. */
  | { readonly kind: 'point_scale'; readonly factor: Bounds; readonly apart: boolean }
  | { readonly kind: 'point_shift'; readonly by: Bounds; readonly apart: boolean }
  | { readonly kind: 'point_order' };

export type SoundStep =
  | { readonly kind: 'sound_reverse'; readonly chance: number }
  /** Faster and higher by this factor. */
  | { readonly kind: 'sound_speed'; readonly factor: Bounds }
  | { readonly kind: 'sound_gain'; readonly factor: Bounds; readonly chance: number }
  /** White noise, so many decibels below the sound. */
  | { readonly kind: 'sound_noise'; readonly snr: Bounds; readonly chance: number }
  /** A part of so many seconds; of ten draws the first that deviates by that share of the whole. */
  | { readonly kind: 'sound_window'; readonly seconds: number; readonly pad?: 'edge' | 'silence'; readonly leastDeviation?: number }; // prettier-ignore

export type ChoiceStep =
  /** So many of these chains, in the order they are drawn. */
  | { readonly kind: 'choose'; readonly count: number; readonly replace: boolean; readonly of: readonly (readonly ViewStep[])[] }
  | { readonly kind: 'maybe'; readonly chance: number; readonly of: readonly ViewStep[] }; // prettier-ignore

/** Whether something is drawn: such a step is another one at every sample of every epoch. */
export function isDrawn(step: ViewStep): boolean {
  const open = ([low, high]: Bounds): boolean => low !== high;
  const chance = 'chance' in step && step.chance > 0 && step.chance < 1;
  switch (step.kind) {
    case 'jitter':
      return chance || [step.brightness, step.contrast, step.saturation, step.hue].some(open);
    case 'blur':
      return chance || open(step.sigma);
    case 'rotate':
      return chance || open(step.angle);
    case 'scale':
    case 'point_scale':
    case 'sound_speed':
      return open(step.factor);
    case 'sound_gain':
      return chance || open(step.factor);
    case 'point_shift':
      return open(step.by);
    case 'perspective':
      return step.chance > 0 && step.distortion > 0;
    case 'crop':
    case 'window':
    case 'frame':
    case 'erase':
    case 'cutout':
    case 'point_order':
    case 'choose':
    case 'rand_augment':
    case 'multi_scale_crop':
    case 'sound_window':
      return true;
    case 'sound_noise':
      return step.chance > 0;
    case 'maybe':
      return (step.chance > 0 && step.chance < 1) || step.of.some(isDrawn);
    default:
      return chance;
  }
}

/**
 * What stands for the steps in an evaluation: what is not drawn stays, a window is the middle one, a frame the one that the file names, and
 * the rest is left out.
 */
export const evaluationSteps = (steps: readonly ViewStep[]): readonly ViewStep[] =>
  steps.filter((step) => !isDrawn(step) || step.kind === 'window' || step.kind === 'frame' || step.kind === 'sound_window'); // prettier-ignore

/** Columns that the steps of a view read besides. */
export const columnsOfView = ({ of, steps, along = [] }: View): readonly string[] => [
  of,
  ...along.filter((other) => other !== of),
  ...steps.flatMap(columnsOfStep),
];

function columnsOfStep(step: ViewStep): readonly string[] {
  if (step.kind === 'swap') return [step.column];
  if (step.kind === 'maybe') return step.of.flatMap(columnsOfStep);
  return step.kind === 'choose' ? step.of.flat().flatMap(columnsOfStep) : [];
}

/** Whether a draw is in it somewhere. */
export const isRandomView = ({ steps }: View): boolean => steps.some(isDrawn);

export const viewWords = ({ of, steps, count }: View): string =>
  `${count === undefined ? '' : `${count} of `}${[of, ...steps.map(stepWords)].join(' |> ')}`;

/** A step as the file would write it; what it would not say is left out. */
function stepWords(step: ViewStep): string {
  switch (step.kind) {
    case 'crop': {
      const isKept = step.aspect[0] === 1 && step.aspect[1] === 1;
      const isUsual = sameBounds(step.aspect, [3 / 4, 4 / 3]);
      return isKept ? called('crop', boundsWords(step.area)) : called('random_resized_crop', boundsWords(step.area), isUsual ? '' : `aspect: ${boundsWords(step.aspect)}`); // prettier-ignore
    }
    case 'window': {
      const size = step.width === step.height ? String(step.width) : `${step.height} x ${step.width}`;
      const most = step.mostOfOne === undefined ? '' : `one_class: ${formatShare(step.mostOfOne)}`;
      return called('random_crop', size, most, fillWords(step.fill));
    }
    case 'multi_scale_crop':
      return called('multi_scale_crop', `[${step.scales.map(formatFactor).join(', ')}]`);
    case 'rand_augment':
      return called('rand_augment', String(step.count), formatFactor(step.strength));
    case 'flip':
      return called('flip', formatShare(step.chance), step.along === 'width' ? '' : 'along: height');
    case 'jitter': {
      const factors = (['brightness', 'contrast', 'saturation'] as const).map((name) => (sameBounds(step[name], [1, 1]) ? '' : `${name}: ${boundsWords(step[name])}`)); // prettier-ignore
      return called('jitter', ...factors, sameBounds(step.hue, [0, 0]) ? '' : `hue: ${degrees(step.hue, 2 * Math.PI)}`, chanceWords(step.chance)); // prettier-ignore
    }
    case 'blur':
      return called('blur', boundsWords(step.sigma), chanceWords(step.chance));
    case 'gray':
      return called('gray', step.chance === 1 ? '' : formatShare(step.chance));
    case 'rotate':
      return called('rotate', degrees(step.angle, 1), chanceWords(step.chance), fillWords(step.fill));
    case 'perspective':
      return called('random_perspective', formatShare(step.distortion), chanceWords(step.chance), fillWords(step.fill));
    case 'erase':
      return called('erase', boundsWords(step.area), chanceWords(step.chance), `aspect: ${boundsWords(step.aspect)}`, fillWords(step.fill)); // prettier-ignore
    case 'cutout':
      return called('cutout', formatShare(step.side), chanceWords(step.chance), fillWords(step.fill));
    case 'scale':
      return called('random_scale', boundsWords(step.factor));
    case 'frame':
      return called('one_frame', `test: ${step.test}`);
    case 'lower':
      return 'lower';
    case 'strip':
      return called('strip', JSON.stringify(step.characters));
    case 'words':
      return called('words', String(step.most));
    case 'drop_words':
      return called('drop_words', formatShare(step.chance));
    case 'swap':
      return called('swap', step.column, formatShare(step.chance));
    case 'point_scale':
      return called('random_scale', boundsWords(step.factor), step.apart ? 'per: xyz' : '');
    case 'point_shift':
      return called('random_shift', boundsWords(step.by), step.apart ? 'per: xyz' : '');
    case 'point_order':
      return 'shuffle(over: point)';
    case 'sound_reverse':
      return called('reverse', formatShare(step.chance));
    case 'sound_speed':
      return called('speed', boundsWords(step.factor));
    case 'sound_gain':
      return called('gain', boundsWords(step.factor), chanceWords(step.chance));
    case 'sound_noise':
      return called(
        'noise',
        `snr: ${step.snr.map((each) => `${formatFactor(each)} dB`).join('..')}`,
        chanceWords(step.chance),
      );
    case 'sound_window':
      return called('random_crop', `${formatFactor(step.seconds)} s`, step.pad === undefined ? '' : `pad: ${step.pad}`, step.leastDeviation === undefined ? '' : `min_sd: ${formatShare(step.leastDeviation)}`); // prettier-ignore
    case 'choose':
      return called('choose', String(step.count), `of: [${step.of.map(chainWords).join(', ')}]`, step.replace ? 'replace: on' : ''); // prettier-ignore
    case 'maybe':
      return step.chance === 0 ? 'identity' : called('maybe', formatShare(step.chance), chainWords(step.of));
  }
}

const chainWords = (steps: readonly ViewStep[]): string => steps.map(stepWords).join(' |> ');

const called = (name: string, ...options: readonly string[]): string => {
  const said = options.filter((option) => option !== '');
  return said.length === 0 ? name : `${name}(${said.join(', ')})`;
};

const sameBounds = (a: Bounds, b: Bounds): boolean => a[0] === b[0] && a[1] === b[1];

const boundsWords = ([low, high]: Bounds): string => low === high ? formatFactor(low) : `${formatFactor(low)}..${formatFactor(high)}`; // prettier-ignore

/** What is drawn around nothing is said by how far it goes. */
function degrees([low, high]: Bounds, factor: number): string {
  const said = (angle: number): string => `${formatFactor((angle * factor * 180) / Math.PI)} deg`;
  return low === -high && low !== high ? said(high) : `${said(low)}..${said(high)}`;
}

const chanceWords = (chance: number): string => (chance === 1 ? '' : `p: ${formatShare(chance)}`);

const fillWords = (fill: Fill): string => (fill === 'black' ? '' : `fill: ${fill}`);
