/**
 * A convolution as one matrix product: the taps of every window of the batch side by side, times the filter as a matrix `[taps · c, o]`.
 * For few windows and a large filter: oneDNN's convolution rearranges the filter at every call, which then costs more than the work
 * itself (measured on the last two stages of a ResNet-18 at 64 pixels: 1.3 to 3 times).
 */
import { elementCount } from '../../../types/dtype.ts';
import type { ConvolutionSizes } from './convolution-sizes.ts';
import { flag, type TensorName } from './graph-writer.ts';
import type { Lowering } from './lowering.ts';
import { windowsAlong, type WindowAxis } from '../../window-axis.ts';

/** Fewer windows in the batch than rows in the filter's matrix. */
export function isBetterAsProduct(sizes: ConvolutionSizes): boolean {
  return sizes.groups === 1 && rowsOf(sizes) < innerOf(sizes);
}

export function productForward(
  lowering: Lowering,
  x: TensorName,
  filter: TensorName,
  sizes: ConvolutionSizes,
): TensorName {
  const [, , , outputs = 1] = sizes.filter;
  const result = product(lowering, columnsOf(lowering, x, sizes), filterMatrix(lowering, filter, sizes), {});
  return lowering.reshape(result, [rowsOf(sizes), outputs], sizes.y);
}

/** dF = columnsᵀ dy */
export function productFilterGradient(
  lowering: Lowering,
  x: TensorName,
  dy: TensorName,
  sizes: ConvolutionSizes,
): TensorName {
  const [, , , outputs = 1] = sizes.filter;
  const columns = columnsOf(lowering, x, sizes);
  const result = product(lowering, columns, resultRows(lowering, dy, sizes), { transposeA: true });
  return lowering.reshape(result, [innerOf(sizes), outputs], sizes.filter);
}

/** dy Fᵀ is what each window sends to each of its taps; a pixel sums what comes to it. */
export function productInputGradient(
  lowering: Lowering,
  dy: TensorName,
  filter: TensorName,
  sizes: ConvolutionSizes,
): TensorName {
  const [batch = 1, rows = 1, columns = 1, channels = 1] = sizes.x;
  const factors = [resultRows(lowering, dy, sizes), filterMatrix(lowering, filter, sizes)] as const;
  const sent = product(lowering, ...factors, { transposeB: true });
  const places = pixelsOf(sizes);
  const perPixel = Array.from({ length: rows * columns }, (): number[] => []);
  for (const [place, pixel] of places.entries()) if (pixel !== undefined) perPixel[pixel]?.push(place);
  const most = Math.max(...perPixel.map((own) => own.length));
  // Pixels that fewer taps reach take a row of zeros after all others.
  const chosen = perPixel.flatMap((own) => Array.from({ length: most }, (_, at) => own[at] ?? places.length));
  const hasGap = chosen.includes(places.length);
  const cells = lowering.reshape(sent, [rowsOf(sizes), innerOf(sizes)], [batch, places.length, channels]);
  const source = lowering.pad(cells, [0, 0, 0], [0, hasGap ? 1 : 0, 0]);
  const parts = lowering.reshape(
    pick(lowering, source, chosen),
    [batch, chosen.length, channels],
    [batch, rows * columns, most, channels],
  );
  const sum = lowering.reduce('Sum', parts, [2], false);
  return lowering.reshape(sum, [batch, rows * columns, channels], sizes.x);
}

/** Windows of the whole batch. */
function rowsOf({ y }: ConvolutionSizes): number {
  return elementCount(y.slice(0, 3));
}

function innerOf({ filter }: ConvolutionSizes): number {
  return elementCount(filter.slice(0, 3));
}

function product(
  lowering: Lowering,
  a: TensorName,
  b: TensorName,
  { transposeA = false, transposeB = false }: { readonly transposeA?: boolean; readonly transposeB?: boolean },
): TensorName {
  return lowering.kernel('MatMul', [a, b], { transpose_a: flag(transposeA), transpose_b: flag(transposeB) });
}

function filterMatrix(lowering: Lowering, filter: TensorName, sizes: ConvolutionSizes): TensorName {
  return lowering.reshape(filter, sizes.filter, [innerOf(sizes), sizes.filter[3] ?? 1]);
}

function resultRows(lowering: Lowering, dy: TensorName, sizes: ConvolutionSizes): TensorName {
  return lowering.reshape(dy, sizes.y, [rowsOf(sizes), sizes.filter[3] ?? 1]);
}

/** `[windows of the batch, taps · c]` */
function columnsOf(lowering: Lowering, x: TensorName, sizes: ConvolutionSizes): TensorName {
  const [batch = 1, rows = 1, columns = 1, channels = 1] = sizes.x;
  const outside = rows * columns;
  const places = pixelsOf(sizes).map((pixel) => pixel ?? outside);
  const flat = lowering.reshape(x, sizes.x, [batch, rows * columns, channels]);
  const source = lowering.pad(flat, [0, 0, 0], [0, places.includes(outside) ? 1 : 0, 0]);
  const isWhole = places.length === outside && places.every((place, at) => place === at);
  const gathered = isWhole ? flat : pick(lowering, source, places);
  return lowering.reshape(gathered, [batch, places.length, channels], [rowsOf(sizes), innerOf(sizes)]);
}

function pick(lowering: Lowering, x: TensorName, places: readonly number[]): TensorName {
  return lowering.kernel('GatherV2', [x, lowering.writer.int32s(places), lowering.writer.scalar('i32', 1)]);
}

/** For each window of an image and each of its taps, row-major, the pixel there; nothing outside the image. */
function pixelsOf({ height, width }: ConvolutionSizes): (number | undefined)[] {
  const rows = positions(height);
  const columns = positions(width);
  return rows.flatMap((tapRows) =>
    columns.flatMap((tapColumns) =>
      tapRows.flatMap((row) =>
        tapColumns.map((column) =>
          row === undefined || column === undefined ? undefined : row * width.extent + column,
        ),
      ),
    ),
  );
}

/** For each window along an axis the places of its taps, where they lie on the image. */
function positions(axis: WindowAxis): (number | undefined)[][] {
  return Array.from({ length: windowsAlong(axis) }, (_, window) =>
    Array.from({ length: axis.taps }, (__, tap) => {
      const position = window * axis.stride - axis.before + tap * axis.dilation;
      return position >= 0 && position < axis.extent ? position : undefined;
    }),
  );
}
