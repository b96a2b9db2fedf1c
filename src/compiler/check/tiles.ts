/** Pictures cut into square windows, and put together again. */
import { known, printSize, structuralAxis, type Axis } from '../types/axis.ts';
import { printAxes } from '../types/value-type.ts';
import { Arguments } from './arguments.ts';
import { cast, node, orderAxes } from './build.ts';
import { Compose, localSize, withoutAxes } from './compose.ts';
import { pictureAxes, wholeAt } from './picture-axes.ts';
import type { Site } from './site.ts';
import type { Typed } from './typed.ts';

/** `tiles(x, 96, stride: 64) as tile`: square windows that cover the picture; the last of a row ends at the edge. */
export function tilesCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  const size = wholeAt(checker, args, 1);
  const stride = args.whole('stride', 'CX5006', 1) ?? size;
  if (value === undefined || size === undefined || stride === undefined) return undefined;
  const pictures = pictureAxes(checker, args, value);
  if (pictures === undefined || args.failed) return undefined;
  const counts = [pictures.height, pictures.width].map((axis) => tilesAlong(axis, size, stride));
  const [down, across] = counts;
  if (down === undefined || across === undefined)
    return checker.report.error('CX5006', args.place(1), `the picture has no tile of ${size} pixels`, {
      found: `${printSize(pictures.height.size)} x ${printSize(pictures.width.size)}`,
    });
  const born = args.born('as', { kind: 'item', size: known(down * across) }, 'the tiles');
  if (born === undefined) return undefined;
  const as: Axis = { ...born, tiled: { ...pictures, stride } };
  const compose = new Compose(call.span);
  const { rows, columns } = tileAxes(down, across);
  const [tall, wide] = [structuralAxis('height', known(size)), structuralAxis('width', known(size))];
  // the new pixels have the names of the old: they go by others while both are there
  const [y, x] = [localSize('row', size), localSize('column', size)];
  const lower = compose.gather(value, pictures.height, tilePlaces(compose, rows, y, pictures.height, size, stride));
  const both = compose.gather(lower, pictures.width, tilePlaces(compose, columns, x, pictures.width, size, stride));
  return compose.rename(compose.rename(compose.merge(both, [rows, columns], as), y, tall), x, wide);
}

/** `untile(y, tile)`: tiles back in their picture; where they overlap, their mean. */
export function untileCall({ checker, call, scope, name }: Site): Typed | undefined {
  const args = Arguments.of({ checker, name, call, scope });
  const value = args.tensor(0);
  if (value === undefined || args.failed) return undefined;
  const named = args.count === 2 ? args.positionalAxes(1, value) : value.type.axes.filter((axis) => axis.tiled);
  const [axis, second] = named ?? [];
  if (named === undefined) return undefined;
  if (axis?.tiled === undefined || second !== undefined)
    return checker.report.error('CX3003', args.place(0), '`untile` needs the one axis that `tiles` made', {
      found: printAxes(value.type.axes),
    });
  const pictures = pictureAxes(checker, args, value);
  if (pictures === undefined) return undefined;
  const { height, width, stride } = axis.tiled;
  const size = pictures.height.size.kind === 'known' ? pictures.height.size.value : 0;
  const [down, across] = [tilesAlong(height, size, stride), tilesAlong(width, size, stride)];
  if (down === undefined || across === undefined || pictures.width.size.kind !== 'known' || pictures.width.size.value !== size || !fits(axis, down * across))
    return checker.report.error('CX3002', args.place(0), 'the tiles have another size than those that were cut', {
      help: 'bring them back to it: `resize(y, like: tiles)`',
    }); // prettier-ignore
  const compose = new Compose(call.span);
  const { rows, columns } = tileAxes(down, across);
  const [y, x] = [localSize('row', size), localSize('column', size)];
  const local = compose.rename(compose.rename(cast(value, 'f32'), pictures.height, y), pictures.width, x);
  const parts = compose.split(local, axis, [rows, columns]);
  const places = [
    tilePlaces(compose, rows, y, height, size, stride),
    tilePlaces(compose, columns, x, width, size, stride),
  ];
  const over = [rows, y, columns, x];
  const summed = (part: Typed): Typed => {
    const axes = orderAxes([...withoutAxes(part.type.axes, ...over), height, width]);
    return node('group_sum', [part, ...places], { over, by: [height, width] }, { element: 'f32', axes }, call.span);
  };
  const ones = node('expand', [compose.number(1)], { like: over }, { element: 'f32', axes: over }, call.span);
  return compose.two('div', summed(parts), compose.with('max', summed(ones), 1));
}

const fits = (axis: Axis, count: number): boolean => axis.size.kind === 'known' && axis.size.value === count;

const tileAxes = (down: number, across: number): { readonly rows: Axis; readonly columns: Axis } => ({
  rows: localSize('tile row', down),
  columns: localSize('tile column', across),
});

function tilesAlong({ size }: Axis, window: number, stride: number): number | undefined {
  if (size.kind !== 'known' || size.value < window || window < 1) return undefined;
  return Math.ceil((size.value - window) / stride) + 1;
}

/** Where pixel `y` of tile `row` stands in the picture. */
function tilePlaces(compose: Compose, row: Axis, y: Axis, picture: Axis, size: number, stride: number): Typed {
  const start = compose.two('min', compose.with('mul', compose.index(row), stride), compose.with('sub', compose.size(picture), size)); // prettier-ignore
  return compose.two('add', start, compose.index(y));
}
