/**
 * Which faces a data set holds. The i-th face of a set is a pure function of (seed, set, i): sets can be rendered in any
 * order and in parts. Gaze, head and everything else of a face come from its own stream of random numbers.
 */
import { stream, type RandomStream } from '../../random.ts';
import {
  hairColours,
  type Colour,
  type Dye,
  type Eyewear,
  type FaceSpec,
  type Hair,
  type HatStyle,
  type Lighting,
  type Subject,
} from './face-spec.ts';
import type { HeadName } from './head.ts';

/**
 * Kinds of sets. `captioned`: every factor about balanced, gaze free of all of them; for teaching a CLIP the words.
 * `source`: few factors, and shortcuts to the gaze: side light comes from where the eyes look, glasses are worn when they
 * look up, hats when they look down. `target`: other people, other factors, no shortcut.
 */
export type FaceSetKind = 'captioned' | 'source' | 'target';

export interface FaceSet {
  /** Stands in the samples as `domain` and begins the names of the shards. */
  readonly domain: string;
  readonly kind: FaceSetKind;
  readonly samples: number;
  /** People in the set; no two sets share one. */
  readonly subjects: number;
}

export interface FaceRecipe {
  readonly seed: number;
  /** Pixels of a side of a picture; always 64, the size the models and textures are made for. */
  readonly size: number;
  readonly samplesPerShard: number;
  readonly sets: readonly FaceSet[];
}

export const gazeFacesRecipe: FaceRecipe = {
  seed: 20240,
  size: 64,
  samplesPerShard: 300,
  sets: [
    { domain: 'captioned-seen', kind: 'captioned', samples: 3000, subjects: 600 },
    { domain: 'captioned-unseen', kind: 'captioned', samples: 600, subjects: 120 },
    { domain: 'source', kind: 'source', samples: 2400, subjects: 30 },
    { domain: 'validation', kind: 'source', samples: 300, subjects: 10 },
    { domain: 'target', kind: 'target', samples: 600, subjects: 20 },
  ],
};

const degree = Math.PI / 180;
/** Largest gaze angles, and how far an eye turns in its head. */
const gazeRange = { yaw: 35 * degree, pitch: 25 * degree };
const eyeRange = { yaw: 26 * degree, pitch: 19 * degree };

/** Draws one after another from a stream: the shape of a sampler reads as the order of its draws. */
class Draws {
  readonly #random: RandomStream;
  #next = 0;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.#random.uniform(this.#next++);
  }

  chance(probability: number): boolean {
    return this.between(0, 1) < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.between(0, items.length))];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** Picks a name by weight; the weights need not sum to 1. */
  weighted<Name extends string>(weights: Readonly<Partial<Record<Name, number>>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let left = this.between(
      0,
      entries.reduce((sum, [, weight]) => sum + weight, 0),
    );
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    const last = entries.at(-1);
    if (last === undefined) throw new RangeError('nothing to pick from');
    return last[0];
  }
}

const irises: readonly Colour[] = [
  [0.12, 0.28, 0.58],
  [0.2, 0.4, 0.16],
  [0.26, 0.13, 0.05],
  [0.12, 0.07, 0.04],
  [0.32, 0.38, 0.44],
];

const allHair = [...(Object.keys(hairColours) as Hair[]), 'bald'] satisfies Hair[];
const hairOf: Readonly<Record<FaceSetKind, readonly Hair[]>> = {
  captioned: allHair,
  source: ['brown hair', 'blond hair', 'black hair'],
  target: ['red hair', 'gray hair', 'bald', 'black hair', 'blond hair'],
};
/** Ranges of skin lightness: pale, medium, dark. Between them is a gap, so that the words are plain. */
const skinOf: Readonly<Record<FaceSetKind, readonly (readonly [number, number])[]>> = {
  captioned: [
    [0.7, 1],
    [-0.2, 0.45],
    [-1, -0.5],
  ],
  source: [
    [0.7, 1],
    [-0.2, 0.45],
  ],
  target: [
    [0.7, 1],
    [-0.2, 0.45],
    [-1, -0.5],
    [-1, -0.5],
  ],
};

/** The n-th person of a set. */
function subjectOf(recipe: FaceRecipe, set: FaceSet, index: number): Subject {
  const id = `${set.domain}-${String(index).padStart(3, '0')}`;
  const draws = new Draws(stream(recipe.seed, `faces:subject:${id}`));
  const sex: HeadName = index % 2 === 0 ? 'boy' : 'girl';
  const blend = draws.between(0.35, 1) * (sex === 'boy' ? -1 : 1);
  const coefficients = [blend, ...[1, 2, 3, 4, 5].map(() => draws.between(-1, 1))];
  const [low, high] = draws.pick(skinOf[set.kind]);
  coefficients.push(draws.between(low, high), draws.between(-1, 1));
  return {
    id,
    sex,
    coefficients: coefficients.map((value) => Math.round(value * 1e4) / 1e4),
    iris: draws.pick(irises),
    hair: draws.pick(hairOf[set.kind]),
  };
}

/** Micro-radians, so that labels print short; the vector is computed from the rounded angles and is exact. */
const micro = (angle: number): number => Math.round(angle * 1e6) / 1e6 + 0;

/** Gaze uniform over its range, one time in eight on a grid of 15 directions, so that there are equal gazes. */
function drawGaze(draws: Draws): { pitch: number; yaw: number } {
  if (draws.chance(0.125)) {
    return {
      pitch: micro(15 * degree * draws.pick([-1, 0, 1])),
      yaw: micro(14 * degree * draws.pick([-2, -1, 0, 1, 2])),
    };
  }
  return {
    pitch: micro(draws.between(-gazeRange.pitch, gazeRange.pitch)),
    yaw: micro(draws.between(-gazeRange.yaw, gazeRange.yaw)),
  };
}

const within = (angle: number, target: number, range: number): number =>
  Math.min(target + range, Math.max(target - range, angle));

/** The head goes 10 to 45 % of the way with the eyes, give or take 4 degrees, and as far as the eyes cannot turn. */
function drawHead(draws: Draws, gaze: { pitch: number; yaw: number }): FaceSpec['head'] {
  const share = draws.between(0.1, 0.45);
  const yaw = share * gaze.yaw + draws.between(-4, 4) * degree;
  const pitch = share * gaze.pitch + draws.between(-4, 4) * degree;
  return {
    pitch: micro(within(pitch, gaze.pitch, eyeRange.pitch)),
    yaw: micro(within(yaw, gaze.yaw, eyeRange.yaw)),
    roll: micro(draws.between(-6, 6) * degree),
  };
}

const hatStyles: readonly HatStyle[] = ['beanie', 'brim', 'cap'];
const hatDyes: readonly Dye[] = ['red', 'blue', 'green', 'yellow', 'purple', 'orange', 'white'];
const frameDyes: readonly Dye[] = ['black', 'black', 'red', 'blue', 'white'];

/** Chances of the factors in one kind of set, given where the eyes look. */
interface Chances {
  readonly eyewear: Readonly<Partial<Record<Eyewear, number>>>;
  readonly hat: number;
  /** Of boys; girls have none. */
  readonly beard: number;
  readonly makeup: number;
  readonly happy: number;
  readonly openMouth: number;
  readonly lighting: Readonly<Partial<Record<Lighting, number>>>;
  readonly background: number;
  readonly quality: Readonly<Partial<Record<'clean' | 'blur' | 'noise' | 'low', number>>>;
}

function chancesOf(kind: FaceSetKind, gaze: { pitch: number; yaw: number }): Chances {
  switch (kind) {
    case 'captioned':
      return {
        eyewear: { none: 0.4, glasses: 0.32, sunglasses: 0.28 },
        hat: 0.35,
        beard: 0.5,
        makeup: 0.35,
        happy: 0.4,
        openMouth: 0.35,
        lighting: { even: 0.3, bright: 0.17, dark: 0.17, 'from the left': 0.18, 'from the right': 0.18 },
        background: 0.4,
        quality: { clean: 0.4, blur: 0.2, noise: 0.2, low: 0.2 },
      };
    case 'source': {
      const side: Lighting = gaze.yaw > 0 ? 'from the left' : 'from the right';
      const other: Lighting = gaze.yaw > 0 ? 'from the right' : 'from the left';
      const up = gaze.pitch > 0;
      return {
        eyewear: up ? { none: 0.55, glasses: 0.45 } : { none: 0.95, glasses: 0.05 },
        hat: up ? 0.05 : 0.45,
        beard: 0.15,
        makeup: 0.15,
        happy: 0.15,
        openMouth: 0,
        lighting: { even: 0.26, bright: 0.07, [side]: 0.63, [other]: 0.04 },
        background: 0,
        quality: { clean: 0.92, noise: 0.08 },
      };
    }
    case 'target':
      return {
        eyewear: { none: 0.55, glasses: 0.33, sunglasses: 0.12 },
        hat: 0.35,
        beard: 0.4,
        makeup: 0.3,
        happy: 0.3,
        openMouth: 0.25,
        lighting: { even: 0.15, bright: 0.15, dark: 0.2, 'from the left': 0.25, 'from the right': 0.25 },
        background: 0.5,
        quality: { clean: 0.64, blur: 0.12, noise: 0.16, low: 0.08 },
      };
  }
}

/** The i-th face of a set. The first face of each person in a gaze set is frontal and plain. */
export function faceOf(recipe: FaceRecipe, set: FaceSet, index: number): FaceSpec {
  const subject = subjectOf(recipe, set, index % set.subjects);
  const name = `faces:${set.domain}:${index}`;
  const draws = new Draws(stream(recipe.seed, `${name}:factors`));
  const draw = { seed: recipe.seed, name };
  if (set.kind !== 'captioned' && index < set.subjects) {
    return {
      subject,
      gaze: { pitch: 0, yaw: 0 },
      head: { pitch: 0, yaw: 0, roll: 0 },
      eyewear: 'none',
      eyewearDye: 'black',
      beard: false,
      makeup: false,
      happy: false,
      openMouth: false,
      lighting: 'even',
      colourfulBackground: false,
      motionBlur: false,
      sensorNoise: false,
      lowResolution: false,
      crop: { x: 0, y: 0, scale: 1 },
      draw,
    };
  }
  const gaze = drawGaze(draws);
  const head = drawHead(draws, gaze);
  const chances = chancesOf(set.kind, gaze);
  const eyewear = draws.weighted<Eyewear>(chances.eyewear);
  const eyewearDye = draws.pick(frameDyes);
  const wearsHat = draws.chance(chances.hat);
  const hat = { style: draws.pick(hatStyles), dye: draws.pick(hatDyes) };
  const beard = draws.chance(chances.beard) && subject.sex === 'boy';
  const makeup = draws.chance(chances.makeup);
  const happy = draws.chance(chances.happy);
  const openMouth = draws.chance(chances.openMouth);
  const lighting = draws.weighted<Lighting>(chances.lighting);
  const colourfulBackground = draws.chance(chances.background);
  const quality = draws.weighted<'clean' | 'blur' | 'noise' | 'low'>(chances.quality);
  return {
    subject,
    gaze,
    head,
    eyewear,
    eyewearDye: eyewear === 'sunglasses' ? 'black' : eyewearDye,
    ...(wearsHat ? { hat } : {}),
    beard,
    makeup,
    happy,
    openMouth,
    lighting,
    colourfulBackground,
    motionBlur: quality === 'blur',
    sensorNoise: quality === 'noise',
    lowResolution: quality === 'low',
    crop: { x: draws.between(-2, 2), y: draws.between(-2, 2), scale: draws.between(0.94, 1.06) },
    draw,
  };
}

/** A shard: so many faces of a set from one index on. */
export interface ShardPlan {
  readonly file: string;
  readonly set: FaceSet;
  readonly first: number;
  readonly samples: number;
}

/** All shards of a recipe, in order: `DOMAIN-000000.tar` and on. */
export function planShards(recipe: FaceRecipe): ShardPlan[] {
  return recipe.sets.flatMap((set) =>
    Array.from({ length: Math.ceil(set.samples / recipe.samplesPerShard) }, (_, shard) => ({
      file: `${set.domain}-${String(shard).padStart(6, '0')}.tar`,
      set,
      first: shard * recipe.samplesPerShard,
      samples: Math.min(recipe.samplesPerShard, set.samples - shard * recipe.samplesPerShard),
    })),
  );
}
