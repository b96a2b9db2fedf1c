/** What each type of input means: how it is written, and which axes and mask it brings. */
import { extent, known, structuralAxis, type Axis } from '../types/axis.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { inputTypes as signatures } from '../types/catalogue/input-types.ts';
import { fits, picks, type InputTypeSignature } from '../types/catalogue/input-types/input-type.ts';
import { map as mapSignature } from '../types/catalogue/input-types/map.ts';
import type { InputArguments } from './input-arguments.ts';
import type { InputMeaning } from './inputs.ts';

type Reader = (args: InputArguments) => InputMeaning | undefined;

/** How the types of the catalogue are read. */
const readers: Readonly<Record<keyof typeof signatures, Reader>> = {
  image, frames, audio, points, text, vector, scalar, map, class: classIndex, labels, mask,
  id: (args) => ({ column: { kind: 'id', name: own(args) }, element: 'i32', axes: [] }),
}; // prettier-ignore

export interface InputType {
  readonly signature: InputTypeSignature;
  readonly meaning: Reader;
}

export const inputTypeNames = Object.keys(signatures) as readonly (keyof typeof signatures)[]; // the names of the catalogue

/** The type of input that a name stands for. */
export function inputTypeOf(word: string): InputType | undefined {
  const name = inputTypeNames.find((each) => each === word);
  return name === undefined ? undefined : { signature: signatures[name], meaning: readers[name] };
}

const own = (args: InputArguments): string => args.statement.name.text;

/** What one unit of the file is inside. */
const scales: Readonly<Record<string, number>> = { deg: Math.PI / 180, '%': 0.01 };

const channel: Axis = structuralAxis('channel', known(3));

const plane = (height: number, width: number): readonly Axis[] => [
  structuralAxis('height', known(height)),
  structuralAxis('width', known(width)),
];

function image(args: InputArguments): InputMeaning | undefined {
  const sides = args.extent([args.positional(0)?.value, args.positional(1)?.value], '`image(64)`');
  const fit = args.word('fit', fits, 'fit an image');
  if (sides === undefined || fit === undefined) return undefined;
  const [height, width] = sides;
  return {
    column: { kind: 'image', name: own(args), height, width, fit },
    element: 'f32',
    axes: [...plane(height, width), channel],
  };
}

/** `frames(12, size: 64, pick: uniform)` */
function frames(args: InputArguments): InputMeaning | undefined {
  const sides = args.extent([args.option('size')], '`frames(12, size: 64)`');
  const count = args.whole('frames', args.positional(0)?.value);
  const fit = args.word('fit', fits, 'fit an image');
  const pick = args.word('pick', picks, 'pick frames');
  if (args.count === 0) return args.fail('CX3006', 'how many frames a film has at most is not said', '`frames(12, size: 64)`'); // prettier-ignore
  if (sides === undefined || count === undefined || fit === undefined || pick === undefined) return undefined;
  const [height, width] = sides;
  const frame = structuralAxis('frame', known(count));
  return {
    column: { kind: 'frames', name: own(args), frames: count, height, width, fit, pick },
    element: 'f32',
    axes: [frame, ...plane(height, width), channel],
    masked: [frame],
  };
}

/** `audio(16 kHz, max: 5 s)`, `audio(16 kHz, max: 2 s, stereo)` */
function audio(args: InputArguments): InputMeaning | undefined {
  const [given, longest] = [args.positional(0)?.value, args.option('max')];
  const example = '`audio(16 kHz, max: 5 s)`';
  if (given === undefined) return args.fail('CX3006', 'how many samples a second a sound has is not said', example);
  if (longest === undefined) return args.fail('CX3006', 'how long a sound is at most is not said', example);
  const unit = given.kind === 'quantity' ? given.unit?.text : undefined;
  if (given.kind !== 'quantity' || (unit !== 'kHz' && unit !== 'Hz'))
    return args.fail('CX5003', 'a sound has so many samples a second', example, given);
  const time = longest.kind === 'quantity' ? longest.unit?.text : undefined;
  if (longest.kind !== 'quantity' || (time !== 's' && time !== 'ms'))
    return args.fail('CX5003', '`max` of a sound is a time', example, longest);
  const rate = given.value * (unit === 'kHz' ? 1000 : 1);
  const samples = Math.round(rate * longest.value * (time === 'ms' ? 1e-3 : 1));
  if (rate < 1 || samples < 1 || !Number.isInteger(rate))
    return args.fail('CX5006', 'a sound has at least one sample, and a whole number of them a second', example, given);
  const axis = structuralAxis('time', known(samples));
  const ears = args.has('stereo') ? 2 : 1;
  const ear: Axis = { id: 'ear', name: 'ear', kind: 'item', size: known(2), entries: ['left', 'right'] };
  return {
    column: { kind: 'audio', name: own(args), rate, samples, ears },
    element: 'f32',
    axes: ears === 2 ? [ear, axis] : [axis],
    masked: [axis],
  };
}

function points(args: InputArguments): InputMeaning | undefined {
  const count = args.whole('points', args.positional(0)?.value);
  if (args.count === 0) return args.fail('CX3006', 'how many points a cloud has at most is not said', '`points(1024)`');
  if (count === undefined) return undefined;
  const point = structuralAxis('point', known(count));
  const xyz: Axis = { id: 'xyz', name: 'xyz', kind: 'feature', size: known(3) };
  const declared = args.checker.declarationOf('xyz', args.checker.root, 'axis');
  const other = declared && args.checker.declaredAxis(declared.declaration, declared.module);
  if (other !== undefined && (other.size.kind !== 'known' || other.size.value !== 3 || other.kind !== 'feature'))
    return args.fail('CX3002', 'points have an axis `xyz` of three numbers, and the file declares another of that name', '`axis xyz = 3`'); // prettier-ignore
  return { column: { kind: 'points', name: own(args), points: count }, element: 'f32', axes: [point, xyz], masked: [point] }; // prettier-ignore
}

function text(args: InputArguments): InputMeaning {
  const most = args.whole('max');
  return {
    column: { kind: 'text', name: own(args), tokenizer: '', ...(most === undefined ? {} : { most }) },
    element: 'text',
    axes: [],
  };
}

function vector(args: InputArguments): InputMeaning | undefined {
  const axis = args.axis(0);
  if (axis === undefined) return undefined;
  if (axis.size.kind !== 'known')
    return args.fail('CX5006', `\`${axis.name}\` is no axis of one sample`, 'an axis whose size the file states: `axis xyz = 3`', args.positional(0)?.value); // prettier-ignore
  const size = extent(axis.size, { batch: 1, vocabularies: new Map() });
  return { column: { kind: 'vector', name: own(args), size }, element: 'f32', axes: [axis] };
}

function scalar(args: InputArguments): InputMeaning {
  const scale = scales[args.statement.unit?.text ?? ''] ?? 1;
  return { column: { kind: 'scalar', name: own(args), scale }, element: 'f32', axes: [] };
}

/** `map(256, 320) in m`; `scale: 0.001` where the file holds millimetres. */
function map(args: InputArguments): InputMeaning | undefined {
  const sides = args.extent([args.positional(0)?.value, args.positional(1)?.value], '`map(64)`');
  const given = args.option('scale');
  const scale = given === undefined ? defaultOf(mapSignature, 'scale') : args.number(given);
  const fit = args.word('fit', fits, 'fit a map');
  if (sides === undefined || scale === undefined || fit === undefined) return undefined;
  const [height, width] = sides;
  const unit = scales[args.statement.unit?.text ?? ''] ?? 1;
  return {
    column: { kind: 'map', name: own(args), height, width, fit, scale: scale * unit },
    element: 'f32',
    axes: plane(height, width),
  };
}

function classIndex(args: InputArguments): InputMeaning | undefined {
  const axis = args.vocabulary(0);
  if (axis === undefined) return undefined;
  const column = { kind: 'class', name: own(args), vocabulary: axis.name } as const;
  return args.has('open')
    ? { column: { ...column, open: true }, element: 'i32', axes: [], masked: [], indexes: axis }
    : { column, element: 'i32', axes: [], indexes: axis };
}

function labels(args: InputArguments): InputMeaning | undefined {
  const axis = args.vocabulary(0);
  if (axis === undefined) return undefined;
  return { column: { kind: 'labels', name: own(args), vocabulary: axis.name }, element: 'f32', axes: [axis], masked: [axis] }; // prettier-ignore
}

/** `mask(128, thing)`, `mask(48, 80, thing)` */
function mask(args: InputArguments): InputMeaning | undefined {
  if (args.count < 2) return args.fail('CX3006', 'a mask needs its size and its vocabulary', '`mask(128, thing)`');
  const last = args.count - 1;
  const given = Array.from({ length: last }, (_, place) => args.positional(place)?.value);
  const sides = args.extent(given, '`mask(128, thing)`');
  const axis = args.vocabulary(last);
  const fit = args.word('fit', fits, 'fit a mask');
  if (sides === undefined || axis === undefined || fit === undefined) return undefined;
  const [height, width] = sides;
  const axes = plane(height, width);
  return {
    column: { kind: 'mask', name: own(args), height, width, fit, vocabulary: axis.name },
    element: 'i32',
    axes,
    masked: axes,
    indexes: axis,
  };
}
