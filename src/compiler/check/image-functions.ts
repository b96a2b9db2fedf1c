/** Functions of pictures: values with `height` and `width`. */
import { axisWord, known, printSize, sumOfSizes, structuralAxis, type Axis, type Size } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import { pool } from '../types/catalogue/functions/pool.ts';
import { cornerWords, resizeMethods, usualMethod } from '../types/catalogue/functions/resize.ts';
import { Arguments } from './arguments.ts';
import { asTensor } from './as-tensor.ts';
import { cast, node } from './build.ts';
import type { Checker } from './checker.ts';
import { Compose, localSize, withMask, withoutAxes } from './compose.ts';
import { reportMaskedWindow } from './mask-functions.ts';
import { reversed } from './order-functions.ts';
import { pictureAxes, wholeAt, type PictureAxes } from './picture-axes.ts';
import { windowCount } from './windows.ts';
import type { Site } from './site.ts';
import { sizeOf } from './sizes.ts';
import type { Typed } from './typed.ts';

const methods = Object.keys(resizeMethods) as readonly (keyof typeof resizeMethods)[]; // their names
type Method = (typeof resizeMethods)[keyof typeof resizeMethods];

/** `resize(x, like: y)`, `resize(x, size: [48, 80])`, `resize(x, scale: 0.5)`; half-pixel centres unless `corners: aligned`. */
export function resizeCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const pictures = pictureAxes(checker, args, value);
  const word = args.word('method', methods);
  const aligned = (args.word('corners', cornerWords) ?? cornerWords[0]) === 'aligned';
  if (pictures === undefined || args.failed) return undefined;
  const as = newSizes(checker, args, pictures);
  if (as === undefined) return undefined;
  const whole = value.type.element !== 'f32';
  const method = word === undefined ? usualMethod[whole ? 'whole' : 'f32'] : resizeMethods[word];
  if (whole && method !== 'nearest')
    return checker.report.error('CX3007', args.place(0), `\`resize\` by \`${word}\` mixes numbers, and these are ${value.type.indexes === undefined ? 'whole' : `indices of \`${axisWord(value.type.indexes)}\``}`, {
      help: 'write `method: nearest`',
    }); // prettier-ignore
  if (method !== 'nearest' && reportMaskedWindow(checker, args, value, [pictures.height, pictures.width])) return undefined; // prettier-ignore
  if (aligned && method !== 'linear')
    return checker.report.error(
      'CX2010',
      args.labelled('corners')?.span,
      '`corners: aligned` goes with `method: linear`',
    );
  const compose = new Compose(call.span);
  if (aligned) return alignedCorners(compose, cast(value, 'f32'), pictures, as);
  const { mask } = value;
  const touched = mask !== undefined && [pictures.height, pictures.width].some((axis) => hasAxis(mask.type, axis.id));
  const result = resized(compose, value, pictures, as, method);
  if (!touched) return withMask(result, mask);
  const like = [...mask.type.axes, ...withoutAxes([pictures.height, pictures.width], ...mask.type.axes)];
  const spread = node('expand', [mask], { like }, { element: 'bool', axes: like }, call.span);
  return withMask(result, resized(compose, spread, pictures, as, 'nearest'));
}

function resized(
  compose: Compose,
  value: Typed,
  { height, width }: PictureAxes,
  as: readonly [Axis, Axis],
  method: Method,
): Typed {
  const axes = value.type.axes.map((axis) => (axis.id === height.id ? as[0] : axis.id === width.id ? as[1] : axis));
  const attributes = { height, width, as, method };
  const { mask: _mask, ...plain } = cast(value, 'f32');
  const result = node('resize', [plain as Typed], attributes, { element: 'f32', axes }, compose.span);
  if (value.type.element === 'f32' || value.type.element === 'text') return result;
  const { indexes } = value.type;
  const back = cast(result, value.type.element);
  return { ...back, type: { ...back.type, ...(indexes && { indexes }) } };
}

/** The first and last pixels of both pictures lie on each other: output i looks at i · (n − 1) / (m − 1). */
function alignedCorners(
  compose: Compose,
  value: Typed,
  { height, width }: PictureAxes,
  as: readonly [Axis, Axis],
): Typed {
  const along = (x: Typed, from: Axis, to: Axis): Typed => {
    const last = compose.with('sub', compose.size(from), 1);
    const steps = compose.with('max', compose.with('sub', compose.size(to), 1), 1);
    const place = compose.two('div', compose.two('mul', compose.index(to), last), steps);
    const low = cast(compose.one('floor', place), 'i32');
    const high = compose.two('min', compose.with('add', low, 1), last);
    const share = compose.two('sub', place, low);
    const [a, b] = [compose.gather(x, from, low), compose.gather(x, from, high)];
    return compose.two('add', a, compose.two('mul', share, compose.two('sub', b, a)));
  };
  return along(along(value, height, as[0]), width, as[1]);
}

/** The pixels that `like:`, `size:` or `scale:` asks for. */
function newSizes(
  checker: Checker,
  args: Arguments,
  { height, width }: PictureAxes,
): readonly [Axis, Axis] | undefined {
  const given = ['like', 'size', 'scale'].filter((label) => args.has(label));
  if (given.length !== 1)
    return args.fail('CX3006', `\`${args.name}\` needs one of \`like:\`, \`size:\` and \`scale:\``, 'such as `resize(x, like: y)`'); // prettier-ignore
  if (args.has('like')) return likeSizes(checker, args);
  const sizes = args.has('scale') ? scaled(checker, args, [height, width]) : listedSizes(checker, args);
  if (sizes === undefined) return undefined;
  return [structuralAxis('height', sizes[0]), structuralAxis('width', sizes[1])];
}

/** `like: y` takes the pixels of a picture, `like: clip.image` those that the tower was built for. */
function likeSizes(checker: Checker, args: Arguments): readonly [Axis, Axis] | undefined {
  const argument = args.labelled('like');
  const value = argument && checker.expression(argument.value, args.scope);
  if (argument === undefined || value === undefined) return undefined;
  if (value.kind === 'instance' || value.kind === 'tap') {
    const { shape } = value.instance;
    const config =
      shape.kind !== 'encoder' ? undefined : shape.config.kind === 'clip' ? shape.config.image : shape.config;
    if (config !== undefined && 'size' in config && typeof config.size === 'number')
      return [structuralAxis('height', known(config.size)), structuralAxis('width', known(config.size))];
    return checker.report.error('CX2009', argument.span, 'this part reads pictures of any size', {
      help: 'give the size: `size: [48, 80]`',
    });
  }
  const typed = asTensor(checker, value, argument.value.span);
  const pictures = typed && pictureAxes(checker, args, typed, argument.span);
  return pictures && [pictures.height, pictures.width];
}

function scaled(checker: Checker, args: Arguments, axes: readonly [Axis, Axis]): readonly [Size, Size] | undefined {
  const factor = args.number('scale');
  if (factor === undefined) return undefined;
  const [tall, wide] = axes.map(({ size }) => (size.kind === 'known' ? Math.floor(size.value * factor) : 0));
  if (tall !== undefined && wide !== undefined && tall >= 1 && wide >= 1) return [known(tall), known(wide)];
  return checker.report.error('CX5006', args.labelled('scale')?.span, '`scale` leaves no pixels', {
    found: `${String(factor)} of ${axes.map(({ size }) => printSize(size)).join(' x ')}`,
  });
}

function listedSizes(checker: Checker, args: Arguments): readonly [Size, Size] | undefined {
  const given = args.labelled('size')?.value;
  if (given?.kind === 'extent') return [known(given.sizes[0]), known(given.sizes[1])];
  const sizes = args.tensorList('size')?.map(({ value }) => sizeOf(value));
  const [tall, wide = tall] = sizes ?? [];
  if (tall !== undefined && wide !== undefined && sizes !== undefined && sizes.length <= 2) return [tall, wide];
  if (args.failed) return undefined;
  return checker.report.error('CX5006', args.labelled('size')?.span, '`size` is a number of pixels, or two: height and width', {
    expected: '`size: 64` or `size: [48, 80]`',
  }); // prettier-ignore
}

/** `flip(x, over: width)`: mirrored. */
export function flipCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined) return undefined;
  const axis = args.has('over') ? args.overOne(value) : pictureAxes(checker, args, value)?.width;
  if (axis === undefined || args.failed) return undefined;
  const { mask, ...plain } = value;
  // a picture is mirrored where it is, with what is not real of it
  const compose = new Compose(call.span);
  const turned = reversed(compose, plain, axis);
  return withMask(turned, mask !== undefined && hasAxis(mask.type, axis.id) ? reversed(compose, mask, axis) : mask);
}

/** `pool(x, max, 2, stride: 2)`, `pool(x, mean, 3, stride: 2, padding: 1)`. */
export function poolCall({ checker, call, scope, name }: Site): Typed | undefined {
  const kind = call.args[1]?.value;
  const word = kind?.kind === 'reference' && (kind.name === 'max' || kind.name === 'mean') ? kind.name : undefined;
  const rest = { ...call, args: call.args.filter((_, at) => at !== 1 || word === undefined) };
  const args = new Arguments(checker, name, rest, scope, ['stride', 'padding'], word === undefined ? [0, 3] : [2, 2]);
  if (word === undefined)
    return args.fail('CX3006', '`pool` takes `max` or `mean` of a window', 'such as `pool(x, max, 2)`');
  const value = args.tensor(0);
  const size = wholeAt(checker, args, 1);
  const [stride, padding] = [
    args.whole('stride', 'CX5006', 1) ?? size,
    args.whole('padding', 'CX5006', 0) ?? defaultOf(pool, 'padding'),
  ];
  if (value === undefined || size === undefined || stride === undefined) return undefined;
  const pictures = pictureAxes(checker, args, value);
  if (pictures === undefined || args.failed) return undefined;
  if (reportMaskedWindow(checker, args, value, [pictures.height, pictures.width])) return undefined;
  const { height, width } = pictures;
  const as = windowedSizes(checker, args, pictures, [size, size], stride, padding);
  if (as === undefined) return undefined;
  const axes = value.type.axes.map((axis) => (axis.id === height.id ? as[0] : axis.id === width.id ? as[1] : axis));
  const attributes = { kind: word, height, width, as, window: [size, size], stride: [stride, stride], padding: [padding, padding, padding, padding] } as const; // prettier-ignore
  return node('pool', [cast(value, 'f32')], attributes, { element: 'f32', axes }, call.span, value.mask);
}

/** Pixels left by a window of this size that moves by `stride`. */
export function windowedSizes(
  checker: Checker,
  args: Arguments,
  { height, width }: PictureAxes,
  window: readonly [number, number],
  stride: number,
  padding: number,
): readonly [Axis, Axis] | undefined {
  const [tall, wide] = [height, width].map((axis, at) =>
    windowCount(sumOfSizes([axis.size, known(2 * padding)]), window[at] ?? 1, stride),
  );
  const empty = [tall, wide].some((size) => size === undefined || (size.kind === 'known' && size.value < 1));
  if (!empty && tall !== undefined && wide !== undefined)
    return [structuralAxis('height', tall), structuralAxis('width', wide)];
  return checker.report.error('CX5006', args.call.span, 'the window is larger than the picture', {
    found: `${window.join(' x ')} over ${printSize(height.size)} x ${printSize(width.size)}`,
  });
}

/** `gaussian_blur(x, sigma: 0.8)`: cut at four sigma; the pixels of the edge repeat. */
export function gaussianBlurCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  const sigma = args.number('sigma');
  if (value === undefined) return undefined;
  const pictures = pictureAxes(checker, args, value);
  if (pictures === undefined || args.failed) return undefined;
  if (sigma === undefined || !(sigma > 0))
    return args.fail('CX5006', '`gaussian_blur` needs `sigma:`, a width above 0 in pixels');
  if (reportMaskedWindow(checker, args, value, [pictures.height, pictures.width])) return undefined;
  const radius = Math.floor(4 * sigma + 0.5);
  const tap = localSize('blur', 2 * radius + 1);
  const raw = Array.from({ length: 2 * radius + 1 }, (_, at) => Math.exp(-((at - radius) ** 2) / (2 * sigma * sigma)));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const values = raw.map((weight) => weight / total);
  const weights = node('vector', [], { values }, { element: 'f32', axes: [tap] }, call.span);
  const compose = new Compose(call.span);
  const along = (x: Typed, axis: Axis): Typed => {
    const at = compose.with('sub', compose.two('add', compose.index(axis), compose.index(tap)), radius);
    const last = compose.with('sub', compose.size(axis), 1);
    const moved = compose.gather(x, axis, compose.clamp(at, compose.number(0, 'i32'), last));
    return compose.sum(compose.two('mul', moved, weights), tap);
  };
  return along(along(cast(value, 'f32'), pictures.height), pictures.width);
}

/** `warp(x, rows, columns)`: the picture at these places in pixels, between pixels linearly; outside it is 0. */
export function warpCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const [value, rows, columns] = [args.tensor(0), args.tensor(1), args.tensor(2)];
  if (value === undefined || rows === undefined || columns === undefined) return undefined;
  const pictures = pictureAxes(checker, args, value);
  if (pictures === undefined || args.failed) return undefined;
  if (reportMaskedWindow(checker, args, value, [pictures.height, pictures.width])) return undefined;
  const compose = new Compose(call.span);
  const pixel: Axis = { ...localSize('pixel', 0), size: productOf(pictures) };
  const flat = compose.merge(cast(value, 'f32'), [pictures.height, pictures.width], pixel);
  const corner = (place: Typed, axis: Axis, step: 0 | 1): { readonly at: Typed; readonly share: Typed } => {
    const low = compose.one('floor', place);
    const at = compose.with('add', low, step);
    const last = compose.with('sub', compose.size(axis), 1);
    const inside = compose.two('and', compose.with('ge', at, 0), compose.two('le', at, last));
    const above = compose.two('sub', place, low);
    const share = step === 1 ? above : compose.two('sub', compose.number(1), above);
    const clamped = cast(compose.clamp(at, compose.number(0), cast(last, 'f32')), 'i32');
    return { at: clamped, share: compose.where(inside, share, compose.number(0)) };
  };
  let total: Typed | undefined;
  for (const [y, x] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) {
    const [row, column] = [corner(rows, pictures.height, y), corner(columns, pictures.width, x)];
    const at = compose.two('add', compose.two('mul', row.at, compose.size(pictures.width)), column.at);
    const term = compose.two('mul', compose.two('mul', row.share, column.share), compose.gather(flat, pixel, at));
    total = total === undefined ? term : compose.two('add', total, term);
  } // prettier-ignore
  return total;
}

const productOf = ({ height, width }: PictureAxes): Size =>
  height.size.kind === 'known' && width.size.kind === 'known'
    ? known(height.size.value * width.size.value)
    : { kind: 'product', parts: [height.size, width.size] };
