/** Columns that are made of others before the graph: `augment v = x |> random_resized_crop(0.8..1.0)`. */
import { InternalError } from '../../../compiler/common/invariant.ts';
import type { Column } from '../../../compiler/program/column.ts';
import { evaluationSteps, type PictureStep, type PointStep, type SoundStep, type TextStep, type View, type ViewStep } from '../../../compiler/program/view.ts'; // prettier-ignore
import type { TensorValue } from '../../backends/backend.ts';
import { columnKey } from '../../batch-source.ts';
import { zeros } from '../../feeds.ts';
import { earsOf, soundTensors } from '../audio-column.ts';
import type { ColumnOf, DecodingContext, Draw } from '../decoding.ts';
import { filmOf, pickedOf } from '../film-column.ts';
import { decodedImage } from '../image-column.ts';
import { planeOf, type KnownNumbers } from '../plane-columns.ts';
import { cloudOf } from '../points-column.ts';
import { sampleName } from '../raw-sample.ts';
import type { Row } from '../rows.ts';
import { isCutSaid, textsOf } from '../texts-of.ts';
import { throughChain } from './chain.ts';
import { Dice } from './dice.ts';
import { doPictureStep } from './picture-steps.ts';
import type { Picture } from './picture.ts';
import { doPointStep } from './point-steps.ts';
import { doSoundStep, type Ears } from './sound-steps.ts';
import { doTextStep } from './text-steps.ts';

type ViewColumn = Column & { readonly view: View };

/** One sample of a batch. */
interface Sample {
  readonly row: Row;
  /** Its number in the data set. */
  readonly at: number;
  /** Which of several draws. */
  readonly place: number;
}

/**
 * The tensors of a view. In training (`draw.epoch` is a number) what is drawn is a function of the seed, the stream, the sample and the
 * epoch alone; in an evaluation nothing is drawn.
 */
export async function decodeView(
  column: ViewColumn,
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  const { draws, ...view } = column.view;
  if (draws !== undefined) return severalDraws({ ...column, view }, draws, rows, at, draw, context);
  const count = column.view.count ?? 1;
  const samples = rows.flatMap((row, position) =>
    Array.from({ length: count }, (_, place): Sample => ({ row, at: at[position] ?? 0, place })),
  );
  const outer = column.view.count === undefined ? [rows.length] : [rows.length, count];
  const site = { column, draw, context };
  switch (column.kind) {
    case 'text':
      return textView({ ...site, column }, samples, outer);
    case 'audio':
      return soundView({ ...site, column }, samples, outer);
    case 'points':
      return pointView({ ...site, column }, samples, outer);
    case 'image':
    case 'frames':
    case 'map':
    case 'mask':
      return pictureView({ ...site, column }, samples, outer);
    default:
      throw new InternalError(`a view of a \`${column.kind}\` column has no body`);
  }
}

/** Draws of an evaluation are those of epochs that no training comes to, one after the other. */
const firstEpoch = 2 ** 17;

/** Tensors `[batch, draw, …]`: each draw as an epoch of its own, with the frames, captions and views that it is made of. */
async function severalDraws(
  column: ViewColumn,
  draws: number,
  rows: readonly Row[],
  at: readonly number[],
  draw: Draw,
  context: DecodingContext,
): Promise<Record<string, TensorValue>> {
  const drawnIn = (from: Draw, epoch: number): Draw => ({
    ...from,
    epoch,
    of: (name) => drawnIn(from.of(name), epoch),
  });
  const each: Record<string, TensorValue>[] = [];
  for (let k = 0; k < draws; k++) each.push(await decodeView(column, rows, at, drawnIn(draw, firstEpoch + k), context));
  return Object.fromEntries(
    Object.entries(each[0] ?? {}).map(([key, first]): [string, TensorValue] => {
      const width = first.data.length / rows.length;
      const whole = zeros(first.dtype, [rows.length, draws, ...first.shape.slice(1)]);
      for (const [k, tensors] of each.entries()) {
        const { data } = tensors[key] ?? first;
        for (let row = 0; row < rows.length; row++)
          whole.data.set(data.subarray(row * width, (row + 1) * width), (row * draws + k) * width);
      }
      return [key, whole];
    }),
  );
}

interface Site<Kind extends Column['kind'] = Column['kind']> {
  readonly column: ColumnOf<Kind> & { readonly view: View };
  readonly draw: Draw;
  readonly context: DecodingContext;
}

/** The dice of one sample, and the steps that are done: the same for all columns that are transformed together. */
function thrown(
  view: View,
  sample: Sample,
  draw: Draw,
): { readonly dice: Dice; readonly steps: readonly ViewStep[]; readonly counter: number } {
  // prettier-ignore
  const counter = ((draw.epoch ?? 0) * draw.count + sample.at) * (view.count ?? 1) + sample.place;
  const steps = draw.epoch === undefined ? evaluationSteps(view.steps) : view.steps;
  return { dice: new Dice(draw.stream(view.stream), counter), steps, counter };
}

// ── pictures ─────────────────────────────────────────────────────────

async function pictureView(
  site: Site<'image' | 'frames' | 'map' | 'mask'>,
  samples: readonly Sample[],
  outer: readonly number[],
): Promise<Record<string, TensorValue>> {
  const { column, context } = site;
  const { height, width, name } = column;
  const made = await Promise.all(samples.map((sample) => framesOf(column, sample, site)));
  const value = columnKey(name, 'value');
  const masked = columnKey(name, 'mask');
  if (column.kind === 'image' || column.kind === 'frames') {
    const frames = column.kind === 'frames' ? column.frames : 1;
    const size = height * width * 3;
    const data = new Uint8Array(samples.length * frames * size);
    const mask = new Uint8Array(samples.length * frames);
    made.forEach((film, position) => {
      film.slice(0, frames).forEach((picture, frame) => {
        if (picture.kind === 'colours') data.set(picture.pixels.data, (position * frames + frame) * size);
        mask[position * frames + frame] = 1;
      });
    });
    if (column.kind === 'image') return { [value]: { dtype: 'u8', shape: [...outer, height, width, 3], data } };
    return {
      [value]: { dtype: 'u8', shape: [...outer, frames, height, width, 3], data },
      [masked]: { dtype: 'bool', shape: [...outer, frames], data: mask },
    };
  }
  const shape = [...outer, height, width];
  const size = height * width;
  const known = await knownNumbers(column, context);
  const numbers = column.kind === 'mask' ? new Int32Array(samples.length * size) : new Float32Array(samples.length * size); // prettier-ignore
  const mask = new Uint8Array(numbers.length);
  made.forEach(([picture], position) => {
    if (picture?.kind !== 'numbers') return;
    picture.plane.numbers.forEach((number, at) => {
      const to = position * size + at;
      const unknown = samples[position]?.row;
      const isKnown = unknown !== undefined && known.isKnown(number, unknown);
      mask[to] = isKnown ? 1 : 0;
      numbers[to] = isKnown ? number * known.scale : 0;
    });
  });
  const isMasked = column.kind === 'mask' || column.unknown === true;
  return {
    [value]:
      numbers instanceof Int32Array ? { dtype: 'i32', shape, data: numbers } : { dtype: 'f32', shape, data: numbers },
    ...(isMasked ? { [masked]: { dtype: 'bool', shape, data: mask } } : {}),
  };
}

/** Which numbers of pixels count. */
async function knownNumbers(
  column: ColumnOf<'map'> | ColumnOf<'mask'>,
  context: DecodingContext,
): Promise<KnownNumbers> {
  const classes = column.kind === 'mask' ? (await context.vocabulary(column.vocabulary)).length : Number.POSITIVE_INFINITY; // prettier-ignore
  const name = nameOfBase(column, context);
  return {
    scale: column.kind === 'map' ? column.scale : 1,
    isKnown: (number, row) => {
      const source = row.columns[name];
      return number >= 0 && number < classes && !(source?.kind === 'path' && source.unknown === number);
    },
  };
}

const nameOfBase = (column: Column, context: DecodingContext): string =>
  column.view === undefined ? column.name : nameOfBase(context.column(column.view.of), context);

/** What a column gives of one sample as pictures: a film has several, anything else one. */
async function framesOf(
  column: Column,
  sample: Sample,
  { draw, context }: Pick<Site, 'draw' | 'context'>,
): Promise<readonly Picture[]> {
  // prettier-ignore
  const { view } = column;
  const { row, at } = sample;
  if (view !== undefined) {
    const frames = await framesOf(context.column(view.of), sample, { draw, context });
    // what a draw depends on goes through the same steps
    const others = (view.along ?? []).filter((other) => other !== view.of).map((other) => framesOf(context.column(other), sample, { draw, context })); // prettier-ignore
    const along = (await Promise.all(others)).flat();
    const { dice, steps, counter } = thrown(view, sample, draw);
    const noise = draw.stream(`${view.stream}:noise`);
    const still = draw.epoch === undefined;
    const site = { dice, still, noise: (place: number) => noise.uniform(counter * 2 ** 18 + place) };
    const moved = throughChain<readonly Picture[]>([...frames, ...along], steps, dice, (value, step) =>
      doPictureStep(value, step as PictureStep, site),
    );
    return moved.slice(0, moved.length - along.length);
  }
  switch (column.kind) {
    case 'image': {
      const data = await decodedImage(column, row);
      return [{ kind: 'colours', pixels: { width: column.width, height: column.height, channels: 3, data } }];
    }
    case 'frames': {
      const film = await filmOf(column, row);
      const size = { width: column.width, height: column.height, channels: 3 };
      return pickedOf(column, film.length, at, draw.of(column.name)).map((frame): Picture => ({ kind: 'colours', pixels: { ...size, data: film[frame] ?? new Uint8Array() } })); // prettier-ignore
    }
    case 'map':
    case 'mask': {
      const known = await knownNumbers(column, context);
      const numbers = (await planeOf(column, row)).map((number) => (known.isKnown(number, row) ? number : -1));
      return [{ kind: 'numbers', plane: { width: column.width, height: column.height, numbers } }];
    }
    default:
      throw new InternalError(`a \`${column.kind}\` column holds no picture`);
  }
}

// ── texts ────────────────────────────────────────────────────────────

function textView(
  { column, draw, context }: Site<'text'>,
  samples: readonly Sample[],
  outer: readonly number[],
): Record<string, TensorValue> {
  const tokenizer = context.tokenizer(column.tokenizer);
  const texts = samples.map((sample) => textOf(column, sample, { draw, context }));
  const { ids, length, truncated } = tokenizer.encode(texts, [], column.most);
  const cut = truncated.indexOf(true);
  const culprit = samples[cut];
  if (culprit !== undefined && !isCutSaid(column)) context.tooLong(column.name, sampleName(culprit.row.sample), texts[cut] ?? '', tokenizer.context); // prettier-ignore
  return {
    [columnKey(column.name, 'ids')]: { dtype: 'i32', shape: [...outer, tokenizer.context], data: ids },
    [columnKey(column.name, 'length')]: { dtype: 'i32', shape: outer, data: length },
  };
}

/** The words of one sample; of a list the entry that the column itself draws. */
export function textOf(column: Column, sample: Sample, { draw, context }: Pick<Site, 'draw' | 'context'>): string {
  const { view, name } = column;
  if (view === undefined) {
    const texts = textsOf(name, sample.row);
    const { epoch, count, random } = draw.of(name);
    return texts[epoch === undefined ? 0 : random.integer(texts.length, epoch * count + sample.at)] ?? '';
  }
  const text = textOf(context.column(view.of), sample, { draw, context });
  const { dice, steps } = thrown(view, sample, draw);
  const other = (of: string): string => textOf(context.column(of), sample, { draw, context });
  return throughChain(text, steps, dice, (value, step) => doTextStep(value, step as TextStep, dice, other));
}

// ── sounds ───────────────────────────────────────────────────────────

async function soundView(
  { column, draw, context }: Site<'audio'>,
  samples: readonly Sample[],
  outer: readonly number[],
): Promise<Record<string, TensorValue>> {
  return soundTensors(column, await Promise.all(samples.map((sample) => heardIn(column, sample, { draw, context }))), outer); // prettier-ignore
}

async function heardIn(column: Column, sample: Sample, site: Pick<Site, 'draw' | 'context'>): Promise<Ears> {
  if (column.kind !== 'audio') throw new InternalError(`a \`${column.kind}\` column holds no sound`);
  const { view } = column;
  if (view === undefined) return earsOf(column, sample.row);
  const ears = await heardIn(site.context.column(view.of), sample, site);
  const { dice, steps, counter } = thrown(view, sample, site.draw);
  const noise = site.draw.stream(`${view.stream}:noise`);
  const at = { dice, rate: column.rate, still: site.draw.epoch === undefined, noise: (place: number) => noise.uniform(counter * 2 ** 18 + place) }; // prettier-ignore
  return throughChain(ears, steps, dice, (value, step) => doSoundStep(value, step as SoundStep, at));
}

// ── points ───────────────────────────────────────────────────────────

async function pointView(
  { column, draw, context }: Site<'points'>,
  samples: readonly Sample[],
  outer: readonly number[],
): Promise<Record<string, TensorValue>> {
  const { points, name } = column;
  const data = new Float32Array(samples.length * points * 3);
  const mask = new Uint8Array(samples.length * points);
  const clouds = await Promise.all(samples.map((sample) => pointsOf(column, sample, { draw, context })));
  clouds.forEach((cloud, position) => {
    data.set(cloud, position * points * 3);
    mask.fill(1, position * points, position * points + cloud.length / 3);
  });
  return {
    [columnKey(name, 'value')]: { dtype: 'f32', shape: [...outer, points, 3], data },
    [columnKey(name, 'mask')]: { dtype: 'bool', shape: [...outer, points], data: mask },
  };
}

async function pointsOf(column: Column, sample: Sample, site: Pick<Site, 'draw' | 'context'>): Promise<Float32Array> {
  if (column.kind !== 'points') throw new InternalError(`a \`${column.kind}\` column holds no points`);
  const { view } = column;
  if (view === undefined) return cloudOf(column, sample.row);
  const cloud = await pointsOf(site.context.column(view.of), sample, site);
  const { dice, steps } = thrown(view, sample, site.draw);
  return throughChain(cloud, steps, dice, (value, step) => doPointStep(value, step as PointStep, dice));
}
