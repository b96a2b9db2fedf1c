/** Views of columns as plain data: `augment v = x |> random_resized_crop(0.8..1.0) |> flip(50 %)`. */
import { formatFactor } from '../common/format-number.ts';

/** What a column is of another one. */
export interface View {
  /** The column that it is a view of; that may be a view itself. */
  readonly of: string;
  /** Names its random stream: columns that are transformed together share one. */
  readonly stream: string;
  readonly steps: readonly ViewStep[];
  /** `[view: 4]`: so many draws, along an axis after the batch. */
  readonly count?: number;
}

/** From and to; a number that is not drawn is both. */
export type Bounds = readonly [number, number];

export type Fill = 'black' | 'white' | 'mean' | 'random';

/** One operation. `chance`: how often it is done. Lengths are in shares of the picture, angles in radians. */
export type ViewStep = PictureStep | TextStep | PointStep | ChoiceStep;

export type PictureStep =
  /** A part of that share of the area and that ratio of width to height, scaled back to the size it is taken from. */
  | { readonly kind: 'crop'; readonly area: Bounds; readonly aspect: Bounds }
  /** A part of so many pixels; beyond the picture is `fill`. */
  | { readonly kind: 'window'; readonly height: number; readonly width: number; readonly fill: Fill }
  | { readonly kind: 'flip'; readonly along: 'width' | 'height'; readonly chance: number }
  /** Factors, and the turn of the hue. */
  | { readonly kind: 'jitter'; readonly brightness: Bounds; readonly contrast: Bounds; readonly saturation: Bounds; readonly hue: Bounds; readonly chance: number }
  | { readonly kind: 'blur'; readonly sigma: Bounds; readonly chance: number }
  | { readonly kind: 'gray'; readonly chance: number }
  | { readonly kind: 'rotate'; readonly angle: Bounds; readonly fill: Fill; readonly chance: number }
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
      return open(step.factor);
    case 'point_shift':
      return open(step.by);
    case 'crop':
    case 'window':
    case 'frame':
    case 'erase':
    case 'cutout':
    case 'point_order':
    case 'choose':
      return true;
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
  steps.filter((step) => !isDrawn(step) || step.kind === 'window' || step.kind === 'frame');

/** Columns that the steps of a view read besides. */
export const columnsOfView = ({ of, steps }: View): readonly string[] => [of, ...steps.flatMap(columnsOfStep)];

function columnsOfStep(step: ViewStep): readonly string[] {
  if (step.kind === 'swap') return [step.column];
  if (step.kind === 'maybe') return step.of.flatMap(columnsOfStep);
  return step.kind === 'choose' ? step.of.flat().flatMap(columnsOfStep) : [];
}

/** Whether a draw is in it somewhere. */
export const isRandomView = ({ steps }: View): boolean => steps.some(isDrawn);

export const viewWords = ({ of, steps, count }: View): string =>
  `${count === undefined ? '' : `${count} views of `}${of}${steps.map((step) => ` |> ${stepWords(step)}`).join('')}`;

function stepWords(step: ViewStep): string {
  if (step.kind === 'maybe') return `maybe(${formatFactor(step.chance)}, ${step.of.map(stepWords).join(' |> ')})`;
  if (step.kind === 'choose')
    return `choose(${step.count}, of: [${step.of.map((chain) => chain.map(stepWords).join(' |> ')).join(', ')}]${step.replace ? ', replace: on' : ''})`;
  const { kind, ...options } = step;
  const words = Object.entries(options).map(([name, value]) => `${name}: ${optionWords(value)}`);
  return words.length === 0 ? kind : `${kind}(${words.join(', ')})`;
}

function optionWords(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => formatFactor(Number(each))).join('..');
  return typeof value === 'number' ? formatFactor(value) : typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value); // prettier-ignore
}
