/** Functions of sound: spectra of windows. */
import { known, type Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { mel } from '../types/catalogue/functions/mel.ts';
import { windowShapes } from '../types/catalogue/functions/function.ts';
import { Arguments } from './arguments.ts';
import { bornAxis } from './born-axis.ts';
import { cast, node } from './build.ts';
import type { Checker } from './checker.ts';
import { Compose, localSize } from './compose.ts';
import { reportMaskedWindow } from './mask-functions.ts';
import { windowCount, windowed } from './windows.ts';
import type { Site } from './site.ts';
import { soundRate } from './sound-rate.ts';
import type { Typed } from './typed.ts';

type WindowShape = (typeof windowShapes)[number];

/** Cosine sums of the usual windows, periodic (F. Harris 1978). */
const cosines: Readonly<Record<WindowShape, readonly number[]>> = {
  none: [1],
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  blackman_harris: [0.35875, 0.48829, 0.14128, 0.01168],
};

/** `spectrogram(x, over: time as [step, bin], size: 400, hop: 160, window: hann)`: power of each frequency in each window. */
export function spectrogramCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  const found = value && spectra(checker, args, value);
  if (found === undefined) return undefined;
  const { compose, size, names, steps, axis, hop, window } = found;
  const [first, second] = names;
  const step = first && bornAxis(checker, first, { kind: 'position', size: steps }, scope);
  const bin = second && bornAxis(checker, second, { kind: 'position', size: known(Math.floor(size / 2) + 1) }, scope);
  if (step === undefined || bin === undefined || value === undefined) return undefined;
  return power(compose, value, axis, { step, bin, size, hop, window });
}

/** `mel(x, over: time as [step, band], bands: 80, size: 25 ms, hop: 10 ms, low: 0, high: 8000, rate: 16000)`: power in mel bands. */
export function melCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  const bands = args.whole('bands', 'CX5006', 1);
  const found = value && spectra(checker, args, value);
  if (found === undefined || value === undefined) return undefined;
  const rate = args.number('rate') ?? soundRate(checker, value);
  if (bands === undefined || rate === undefined)
    return args.fail(
      'CX3006',
      `\`mel\` needs ${bands === undefined ? '`bands:`, how many' : '`rate:`, samples a second'}`,
    );
  const [low, high] = [args.number('low') ?? defaultOf(mel, 'low'), args.number('high') ?? rate / 2];
  if (args.failed) return undefined;
  const { compose, size, names, steps, axis, hop, window } = found;
  const [first, second] = names;
  const step = first && bornAxis(checker, first, { kind: 'position', size: steps }, scope);
  const band = second && bornAxis(checker, second, { kind: 'position', size: known(bands) }, scope);
  if (step === undefined || band === undefined) return undefined;
  const bin = localSize('bin', Math.floor(size / 2) + 1);
  const spectrum = power(compose, value, axis, { step, bin, size, hop, window });
  return compose.dot(spectrum, filterBank(compose, bin, band, { bands, size, rate, low, high }), bin);
}

interface Spectra {
  readonly compose: Compose;
  readonly axis: Axis;
  readonly size: number;
  readonly hop: number;
  readonly window: WindowShape;
  readonly steps: Axis['size'];
  readonly names: NonNullable<ReturnType<Arguments['names']>>;
}

function spectra(checker: Checker, args: Arguments, value: Typed): Spectra | undefined {
  const axis = args.overOne(value);
  const size = args.samples('size', value);
  const hop = args.has('hop') ? args.samples('hop', value) : size;
  const window = args.word('window', windowShapes) ?? windowShapes[0];
  const names = args.names(2, 'two new axes (windows, and frequencies)');
  if (axis === undefined || names === undefined || args.failed) return undefined;
  if (size === undefined || hop === undefined)
    return args.fail('CX3006', `\`${args.name}\` needs \`size:\`, the length of a window`);
  if (reportMaskedWindow(checker, args, value, [axis])) return undefined;
  const steps = windowCount(axis.size, size, hop);
  if (steps === undefined || (steps.kind === 'known' && steps.value < 1))
    return checker.report.error('CX5006', args.labelled('size')?.span, 'the window is longer than the sound');
  const twin = names.find((each) => hasAxis(value.type, each.text));
  if (twin !== undefined)
    return checker.report.error('CX3009', twin.span, `the value already has an axis \`${twin.text}\``);
  return { compose: new Compose(args.call.span), axis, size, hop, window, steps, names };
}

/** |Σ w(t) x(t) exp(−2πi·bin·t / size)|² of each window: two products with the cosines and sines. */
function power(
  compose: Compose,
  value: Typed,
  axis: Axis,
  { step, bin, size, hop, window }: { readonly step: Axis; readonly bin: Axis; readonly size: number; readonly hop: number; readonly window: WindowShape }, // prettier-ignore
): Typed {
  const tap = localSize('tap', size);
  const runs = windowed(compose, cast(value, 'f32'), axis, { hop: step, tap, every: hop });
  const values = Array.from({ length: size }, (_, at) =>
    cosines[window].reduce((sum, factor, order) => sum + (order % 2 === 0 ? 1 : -1) * factor * Math.cos((2 * Math.PI * order * at) / size), 0),
  ); // prettier-ignore
  const shaped = compose.two(
    'mul',
    runs,
    node('vector', [], { values }, { element: 'f32', axes: [tap] }, compose.span),
  );
  // the product of the two indices modulo the size keeps the angle exact
  const product = compose.two('mul', compose.index(tap), compose.index(bin));
  const turns = cast(compose.one('floor', compose.with('div', product, size)), 'i32');
  const rest = compose.two('sub', product, compose.with('mul', turns, size));
  const angle = compose.with('mul', cast(rest, 'f32'), (2 * Math.PI) / size);
  const part = (op: 'cos' | 'sin'): Typed => compose.dot(shaped, compose.one(op, angle), tap);
  const squared = (x: Typed): Typed => compose.two('mul', x, x);
  return compose.two('add', squared(part('cos')), squared(part('sin')));
}

const toMel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const toHertz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** Triangles with equal steps in mel (S. Stevens, J. Volkmann, E. Newman 1937; O'Shaughnessy's formula), peaks of 1. */
function filterBank(
  compose: Compose,
  bin: Axis,
  band: Axis,
  { bands, size, rate, low, high }: { readonly bands: number; readonly size: number; readonly rate: number; readonly low: number; readonly high: number }, // prettier-ignore
): Typed {
  const [from, to] = [toMel(low), toMel(high)];
  const corner = (at: number): number => toHertz(from + ((to - from) * at) / (bands + 1));
  const corners = (shift: number): Typed => {
    const values = Array.from({ length: bands }, (_, at) => corner(at + shift));
    return node('vector', [], { values }, { element: 'f32', axes: [band] }, compose.span);
  };
  const frequency = compose.with('mul', cast(compose.index(bin), 'f32'), rate / size);
  const rise = compose.two(
    'div',
    compose.two('sub', frequency, corners(0)),
    compose.two('sub', corners(1), corners(0)),
  );
  const fall = compose.two(
    'div',
    compose.two('sub', corners(2), frequency),
    compose.two('sub', corners(2), corners(1)),
  );
  return compose.with('max', compose.two('min', rise, fall), 0);
}
