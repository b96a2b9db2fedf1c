/** Filters over pictures: products of windows, and their transpose. */
import { known, productOfSizes, structuralAxis, sumOfSizes, type Axis } from '../types/axis.ts';
import { hasAxis } from '../types/value-type.ts';
import { defaultOf } from '../types/catalogue/default-of.ts';
import type { Construct } from '../types/catalogue/construct.ts';
import { conv2d } from '../types/catalogue/functions/conv2d.ts';
import { convTranspose } from '../types/catalogue/functions/conv-transpose.ts';
import { Arguments } from './arguments.ts';
import { cast } from './build.ts';
import { Compose } from './compose.ts';
import { windowedSizes } from './image-functions.ts';
import { reportMaskedWindow } from './mask-functions.ts';
import { pictureAxes } from './picture-axes.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';
import { windowed } from './windows.ts';

/** `conv2d(x, filter, over: [rows, columns], stride: 1, padding: 0)`: the filter's other axes that x shares are summed over. */
export function conv2dCall(site: Site): Typed | undefined {
  const filtered = filteredPictures(site, conv2d);
  if (filtered === undefined) return undefined;
  const { checker, call } = site;
  const { args, value, filter, taps, pictures, stride, padding } = filtered;
  const [rows, columns] = taps;
  const sizes = taps.map(({ size }) => (size.kind === 'known' ? size.value : 0));
  const as = windowedSizes(checker, args, pictures, [sizes[0] ?? 0, sizes[1] ?? 0], stride, padding);
  if (as === undefined) return undefined;
  const compose = new Compose(call.span);
  const along = (x: Typed, axis: Axis, hop: Axis, tap: Axis): Typed => {
    if (padding === 0) return windowed(compose, x, axis, { hop, tap, every: stride });
    const at = compose.with('sub', compose.two('add', compose.with('mul', compose.index(hop), stride), compose.index(tap)), padding); // prettier-ignore
    const last = compose.with('sub', compose.size(axis), 1);
    const inside = compose.two('and', compose.with('ge', at, 0), compose.two('le', at, last));
    const moved = compose.gather(x, axis, compose.clamp(at, compose.number(0, 'i32'), last));
    return compose.where(inside, moved, compose.number(0));
  };
  const patches = along(along(cast(value, 'f32'), pictures.height, as[0], rows), pictures.width, as[1], columns);
  const shared = filter.type.axes.filter((axis) => axis.kind === 'feature' && hasAxis(value.type, axis.id));
  return compose.sum(compose.two('mul', patches, filter), rows, columns, ...shared);
}

/** What both take: pictures without masks, a filter with two axes over them, a stride and a padding. */
function filteredPictures({ checker, call, scope, name }: Site, construct: Construct) {
  const args = Arguments.of({ checker, name, call, scope });
  const [value, filter] = [args.tensor(0), args.tensor(1)];
  if (value === undefined || filter === undefined) return undefined;
  const taps = filterTaps(args, filter);
  const [stride, padding] = [
    args.whole('stride', 'CX5006', 1) ?? defaultOf(construct, 'stride'),
    args.whole('padding', 'CX5006', 0) ?? defaultOf(construct, 'padding'),
  ];
  const pictures = pictureAxes(checker, args, value);
  if (pictures === undefined || taps === undefined || args.failed) return undefined;
  if (reportMaskedWindow(checker, args, value, [pictures.height, pictures.width])) return undefined;
  return { args, value, filter, taps, pictures, stride, padding };
}

/** The two axes of a filter that lie over height and width. */
function filterTaps(args: Arguments, filter: Typed): readonly [Axis, Axis] | undefined {
  const over = args.has('over')
    ? args.axes('over', filter)
    : filter.type.axes.filter(({ kind }) => kind === 'position');
  const [rows, columns, third] = over ?? [];
  if (rows !== undefined && columns !== undefined && third === undefined) return [rows, columns];
  if (args.failed) return undefined;
  return args.fail('CX3004', `\`${args.name}\` needs the two axes of the filter that lie over height and width`, 'name them: `over: [rows, columns]`'); // prettier-ignore
}

/** `conv_transpose(x, filter, over: [rows, columns], stride: 2)`: the transpose of `conv2d` in x, with the filter as it stands. */
export function convTransposeCall(site: Site): Typed | undefined {
  const filtered = filteredPictures(site, convTranspose);
  if (filtered === undefined) return undefined;
  const { call } = site;
  const { args, value, filter, taps, pictures, stride, padding } = filtered;
  const as = [pictures.height, pictures.width].map((axis, at) => {
    const before = productOfSizes([sumOfSizes([axis.size, known(-1)]), known(stride)]);
    return structuralAxis(axis.name, sumOfSizes([before, taps[at]?.size ?? known(1), known(-2 * padding)]));
  });
  const [tall, wide] = as;
  if (tall === undefined || wide === undefined) return undefined;
  if ([tall, wide].some(({ size }) => size.kind === 'known' && size.value < 1))
    return args.fail('CX5006', '`padding` leaves no pixels');
  const compose = new Compose(call.span);
  // output o takes from input i by tap o + padding - i * stride
  const along = (x: Typed, axis: Axis, out: Axis, tap: Axis): Typed => {
    const place = compose.two('sub', compose.with('add', compose.index(out), padding), compose.index(tap));
    const from = cast(compose.one('floor', compose.with('div', place, stride)), 'i32');
    const last = compose.with('sub', compose.size(axis), 1);
    const inside = compose.two('and', compose.with('ge', from, 0), compose.two('le', from, last));
    const meets = compose.two('eq', compose.with('mul', from, stride), place);
    const moved = compose.gather(x, axis, compose.clamp(from, compose.number(0, 'i32'), last));
    return compose.where(compose.two('and', inside, meets), moved, compose.number(0));
  };
  const [rows, columns] = taps;
  const spread = along(along(cast(value, 'f32'), pictures.height, tall, rows), pictures.width, wide, columns);
  const shared = filter.type.axes.filter((axis) => axis.kind === 'feature' && hasAxis(value.type, axis.id));
  return compose.sum(compose.two('mul', spread, filter), rows, columns, ...shared);
}
