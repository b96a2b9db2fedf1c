import { windowCount } from '../../../ir/extents.ts';
import type { Shape } from '../../../types/dtype.ts';
import type { Lowering } from './lowering.ts';
import type { OnnxName } from './onnx-writer.ts';

/** Windows over one spatial axis. Window o takes the positions `o · stride − before + tap · dilation`. */
export interface WindowAxis {
  readonly extent: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

/** Windows over the height and width of an NHWC tensor. */
export interface Windows {
  readonly batch: number;
  readonly channels: number;
  readonly height: WindowAxis;
  readonly width: WindowAxis;
}

/** Windows along an axis. */
export function windowsAlong({ extent, taps, stride, dilation, before, after }: WindowAxis): number {
  return windowCount(extent, taps, stride, dilation, before + after);
}

export function windowsOf(
  shape: Shape,
  taps: readonly [number, number],
  stride: readonly [number, number],
  padding: readonly [number, number, number, number],
  dilation: readonly [number, number] = [1, 1],
): Windows {
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  const [top, bottom, left, right] = padding;
  return {
    batch,
    channels,
    height: { extent: height, taps: taps[0], stride: stride[0], dilation: dilation[0], before: top, after: bottom },
    width: { extent: width, taps: taps[1], stride: stride[1], dilation: dilation[1], before: left, after: right },
  };
}

/** Whether windows neither overlap nor leave anything out, nor reach outside. */
export function tilesExactly({ height, width }: Windows): boolean {
  return [height, width].every(
    ({ extent, taps, stride, dilation, before, after }) =>
      taps === stride && (dilation === 1 || taps === 1) && before === 0 && after === 0 && extent % stride === 0,
  );
}

/** For each tap, row-major: what every window has there, `[n, rows, columns, c]`. */
export function tapsOf(lowering: Lowering, x: OnnxName, windows: Windows, padValue: OnnxName): OnnxName[] {
  const { batch, channels, height, width } = windows;
  const before = [0, height.before, width.before, 0];
  const after = [0, height.after, width.after, 0];
  const padded = lowering.pad(x, before, after, padValue);
  const paddedShape = [
    batch,
    height.extent + height.before + height.after,
    width.extent + width.before + width.after,
    channels,
  ];
  return counted(height.taps).flatMap((row) =>
    counted(width.taps).map((column) => {
      const top = row * height.dilation;
      const left = column * width.dilation;
      return lowering.slice(
        padded,
        paddedShape,
        [0, top, left, 0],
        [batch, lastStart(height, top) + 1, lastStart(width, left) + 1, channels],
        [1, height.stride, width.stride, 1],
      );
    }),
  );
}

/** Where the last window has the tap that the first one has at `start`. */
function lastStart(axis: WindowAxis, start: number): number {
  return start + (windowsAlong(axis) - 1) * axis.stride;
}

/**
 * The transpose of `tapsOf`: tensors of the windows' shape go back to the positions they came from.
 *
 * Position i (padding included) is phase r = i mod stride of cell q = ⌊i / stride⌋, and tap t reaches it from window
 * o = q − (t · dilation − r) / stride where that is whole. So each of the stride² phases is a sum, over the taps that belong to
 * it, of unstrided shifts; the phases are then interleaved.
 *
 * `phase` sums what belongs to one phase: it gets the taps (row-major numbers) with their shift, and returns `[n, rows, columns, c]`.
 */
export function gatherPhases(
  lowering: Lowering,
  windows: Windows,
  phase: (taps: readonly PhaseTap[], cells: readonly [number, number]) => OnnxName,
): OnnxName {
  const { batch, channels, height, width } = windows;
  const rows = Math.ceil((height.extent + height.before) / height.stride);
  const columns = Math.ceil((width.extent + width.before) / width.stride);
  const rowPhases = phasesOf(height);
  const columnPhases = phasesOf(width);
  const phases = rowPhases.flatMap((rowTaps) =>
    columnPhases.map((columnTaps) =>
      rowTaps.flatMap((row) =>
        columnTaps.map((column) => ({
          tap: row.tap * width.taps + column.tap,
          shift: [row.shift, column.shift] as const,
        })),
      ),
    ),
  );
  const parts = phases.map((taps) => (taps.length === 0 ? undefined : phase(taps, [rows, columns])));
  const interleaved = interleave(lowering, parts, [batch, rows, columns, channels], height.stride, width.stride);
  return lowering.slice(
    interleaved,
    [batch, rows * height.stride, columns * width.stride, channels],
    [0, height.before, width.before, 0],
    [batch, height.before + height.extent, width.before + width.extent, channels],
  );
}

export interface PhaseTap {
  readonly tap: number;
  /** Cell q of the phase takes window q − shift. */
  readonly shift: readonly [number, number];
}

/** For each phase the taps that reach it. */
function phasesOf({ taps, stride, dilation }: WindowAxis): { readonly tap: number; readonly shift: number }[][] {
  return counted(stride).map((phase) =>
    counted(taps)
      .filter((tap) => (tap * dilation) % stride === phase)
      .map((tap) => ({ tap, shift: (tap * dilation - phase) / stride })),
  );
}

/** What each cell finds in the window `shift` before it: x moved, with zeros from outside. */
export function shifted(
  lowering: Lowering,
  x: OnnxName,
  windows: Windows,
  channels: number,
  taps: readonly PhaseTap[],
  cells: readonly [number, number],
): OnnxName[] {
  const { batch } = windows;
  const counts = [windowsAlong(windows.height), windowsAlong(windows.width)];
  const before = [0, 1].map((axis) => Math.max(0, ...taps.map(({ shift }) => shift[axis] ?? 0)));
  const after = [0, 1].map((axis) =>
    Math.max(0, ...taps.map(({ shift }) => (cells[axis] ?? 1) - (shift[axis] ?? 0) - (counts[axis] ?? 1))),
  );
  const [top = 0, left = 0] = before;
  const [bottom = 0, right = 0] = after;
  const padded = lowering.pad(x, [0, top, left, 0], [0, bottom, right, 0], lowering.writer.scalar('f32', 0));
  const [height = 1, width = 1] = counts;
  const paddedShape = [batch, height + top + bottom, width + left + right, channels];
  return taps.map(({ shift }) => {
    const start = [0, top - shift[0], left - shift[1], 0];
    const end = [batch, top - shift[0] + cells[0], left - shift[1] + cells[1], channels];
    return lowering.slice(padded, paddedShape, start, end);
  });
}

/** Puts `vertical × horizontal` tensors of one shape side by side within each cell; absent ones are zeros. */
function interleave(
  lowering: Lowering,
  parts: readonly (OnnxName | undefined)[],
  shape: readonly [number, number, number, number],
  vertical: number,
  horizontal: number,
): OnnxName {
  const [batch, rows, columns, channels] = shape;
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const zero = lowering.writer.scalar('f32', 0);
  const whole = [batch, rows * vertical, columns * horizontal, channels];
  const present = parts.flatMap((part, at) => (part === undefined ? [] : [{ part, at }]));
  const [only] = present;
  if (present.length === 1 && only !== undefined) {
    const cell = lowering.reshape(only.part, shape, [batch, rows, 1, columns, 1, channels]);
    const above = Math.floor(only.at / horizontal);
    const left = only.at % horizontal;
    const before = [0, 0, above, 0, left, 0];
    const after = [0, 0, vertical - 1 - above, 0, horizontal - 1 - left, 0];
    const spread = lowering.pad(cell, before, after, zero);
    return lowering.reshape(spread, [batch, rows, vertical, columns, horizontal, channels], whole);
  }
  const zeros = (): OnnxName => lowering.expand(zero, [], shape);
  const joined = lowering.concat(
    parts.map((part) => part ?? zeros()),
    3,
  );
  const cells = lowering.reshape(joined, [], [batch, rows, columns, vertical, horizontal, channels]);
  const ordered = lowering.transpose(cells, [0, 1, 3, 2, 4, 5]);
  return lowering.reshape(ordered, [], whole);
}

export function counted(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
