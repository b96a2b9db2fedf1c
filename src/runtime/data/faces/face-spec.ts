/** What a rendered face shows: who it is, what it wears, how it is lit and where it looks. Plain data. */
import type { HeadName } from './head.ts';
import type { Vector } from './rotation.ts';

/** RGB, 0..1 in display space. */
export type Colour = readonly [number, number, number];

export const hairColours = {
  'blond hair': [0.9, 0.7, 0.32],
  'black hair': [0.07, 0.065, 0.075],
  'brown hair': [0.31, 0.19, 0.115],
  'red hair': [0.82, 0.22, 0.05],
  'gray hair': [0.66, 0.67, 0.7],
} as const satisfies Record<string, Colour>;
export type Hair = keyof typeof hairColours | 'bald';

/** Colours of clothes and frames that a caption can name. */
export const dyes = {
  red: [0.82, 0.1, 0.1],
  blue: [0.12, 0.25, 0.85],
  green: [0.1, 0.6, 0.2],
  yellow: [0.95, 0.82, 0.12],
  purple: [0.52, 0.14, 0.7],
  orange: [0.95, 0.5, 0.08],
  white: [0.95, 0.95, 0.95],
  black: [0.05, 0.05, 0.05],
} as const satisfies Record<string, Colour>;
export type Dye = keyof typeof dyes;

export type Lighting = 'even' | 'bright' | 'dark' | 'from the left' | 'from the right';
export type Eyewear = 'none' | 'glasses' | 'sunglasses';
export type HatStyle = 'beanie' | 'brim' | 'cap';

/** What the identity coefficients mean, each in -1..1; 0 is halfway between the two models with medium skin. */
export const coefficientNames = [
  'blend of the two heads',
  'face width',
  'face height',
  'nose size',
  'jaw width',
  'mouth width',
  'skin lightness',
  'skin warmth',
] as const;

export interface Subject {
  readonly id: string;
  /** Chooses the words `a boy` or `a girl` and the cut of the hair; the shape of the face is coefficient 0. */
  readonly sex: HeadName;
  /** One number for each of `coefficientNames`. */
  readonly coefficients: readonly number[];
  readonly iris: Colour;
  readonly hair: Hair;
}

export interface FaceSpec {
  readonly subject: Subject;
  /** Radians, camera space; the eyes look there whatever the head does. */
  readonly gaze: { readonly pitch: number; readonly yaw: number };
  /** Radians, camera space. */
  readonly head: { readonly pitch: number; readonly yaw: number; readonly roll: number };
  readonly eyewear: Eyewear;
  readonly eyewearDye: Dye;
  readonly hat?: { readonly style: HatStyle; readonly dye: Dye };
  readonly beard: boolean;
  readonly makeup: boolean;
  readonly happy: boolean;
  readonly openMouth: boolean;
  readonly lighting: Lighting;
  readonly colourfulBackground: boolean;
  readonly motionBlur: boolean;
  readonly sensorNoise: boolean;
  readonly lowResolution: boolean;
  /** Where the crop is off: pixels of the 64 pixel picture, and a factor on its scale. */
  readonly crop: { readonly x: number; readonly y: number; readonly scale: number };
  /** The random stream of what has no name: pattern, noise, strands of beard, shades, wording. */
  readonly draw: { readonly seed: number; readonly name: string };
}

/** Every factor, in the order of a sample's `labels`; the words are those experiments put into prompts. */
export const factors = [
  { name: 'a happy expression', group: 'expression' },
  { name: 'an open mouth', group: 'expression' },
  { name: 'a boy', group: 'appearance' },
  { name: 'a girl', group: 'appearance' },
  { name: 'blond hair', group: 'appearance' },
  { name: 'black hair', group: 'appearance' },
  { name: 'brown hair', group: 'appearance' },
  { name: 'red hair', group: 'appearance' },
  { name: 'gray hair', group: 'appearance' },
  { name: 'a bald head', group: 'appearance' },
  { name: 'a beard', group: 'appearance' },
  { name: 'pale skin', group: 'appearance' },
  { name: 'dark skin', group: 'appearance' },
  { name: 'glasses', group: 'wearable' },
  { name: 'sunglasses', group: 'wearable' },
  { name: 'a hat', group: 'wearable' },
  { name: 'makeup', group: 'wearable' },
  { name: 'motion blur', group: 'quality' },
  { name: 'sensor noise', group: 'quality' },
  { name: 'low resolution', group: 'quality' },
  { name: 'bright light', group: 'quality' },
  { name: 'darkness', group: 'quality' },
  { name: 'side light', group: 'quality' },
  { name: 'side light from the left', group: 'quality' },
  { name: 'side light from the right', group: 'quality' },
  { name: 'a colourful background', group: 'quality' },
] as const;
export type FactorName = (typeof factors)[number]['name'];

/** Lightness above and below which skin is called pale and dark. */
export const paleAbove = 0.6;
export const darkBelow = -0.35;

const flag = (present: boolean): 0 | 1 => (present ? 1 : 0);

/** Which factors a face shows. Sunglasses are not also glasses. */
export function factorsOf(spec: FaceSpec): Readonly<Record<FactorName, 0 | 1>> {
  const { subject } = spec;
  const lightness = subject.coefficients[6] ?? 0;
  return {
    'a happy expression': flag(spec.happy),
    'an open mouth': flag(spec.openMouth),
    'a boy': flag(subject.sex === 'boy'),
    'a girl': flag(subject.sex === 'girl'),
    'blond hair': flag(subject.hair === 'blond hair'),
    'black hair': flag(subject.hair === 'black hair'),
    'brown hair': flag(subject.hair === 'brown hair'),
    'red hair': flag(subject.hair === 'red hair'),
    'gray hair': flag(subject.hair === 'gray hair'),
    'a bald head': flag(subject.hair === 'bald'),
    'a beard': flag(spec.beard),
    'pale skin': flag(lightness > paleAbove),
    'dark skin': flag(lightness < darkBelow),
    glasses: flag(spec.eyewear === 'glasses'),
    sunglasses: flag(spec.eyewear === 'sunglasses'),
    'a hat': flag(spec.hat !== undefined),
    makeup: flag(spec.makeup),
    'motion blur': flag(spec.motionBlur),
    'sensor noise': flag(spec.sensorNoise),
    'low resolution': flag(spec.lowResolution),
    'bright light': flag(spec.lighting === 'bright'),
    darkness: flag(spec.lighting === 'dark'),
    'side light': flag(spec.lighting === 'from the left' || spec.lighting === 'from the right'),
    'side light from the left': flag(spec.lighting === 'from the left'),
    'side light from the right': flag(spec.lighting === 'from the right'),
    'a colourful background': flag(spec.colourfulBackground),
  };
}

/** What is known of a sample: the JSON beside its picture. */
export interface FaceLabel {
  /** Unit vector in camera space (x right, y down, z away from the camera). */
  readonly gaze: Vector;
  /** Radians; gaze = (-cos p sin y, -sin p, -cos p cos y). */
  readonly pitch: number;
  readonly yaw: number;
  readonly head: { readonly pitch: number; readonly yaw: number; readonly roll: number };
  readonly subject: string;
  /** Identity coefficients. */
  readonly identity: readonly number[];
  /** 1 when head and eyes face the camera. */
  readonly frontal: 0 | 1;
  readonly factors: Readonly<Record<FactorName, 0 | 1>>;
  /** The same, in the order of the manifest's factors. */
  readonly labels: readonly (0 | 1)[];
  /** The first is the canonical one; none says where the eyes or the head point. */
  readonly captions: readonly string[];
}
