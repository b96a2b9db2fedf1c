import { windowsAlong, type WindowAxis } from '../../window-axis.ts';

/** How TensorFlow is told of padding: by a word, or zeros (for a maximum: least numbers) written around x first. */
export interface Placement {
  readonly padding: 'SAME' | 'VALID';
  /** Around height and width; none where the word says it all. */
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
}

/**
 * `SAME` where it means these windows, else explicit zeros and `VALID`: the kernels' own explicit padding leaves oneDNN, which takes
 * five times as long.
 */
export function placementOf(height: WindowAxis, width: WindowAxis): Placement {
  const isPlain = [height, width].every(({ before, after }) => before === 0 && after === 0);
  if (!isPlain && isSame(height) && isSame(width)) return { padding: 'SAME', before: [0, 0], after: [0, 0] };
  return { padding: 'VALID', before: [height.before, width.before], after: [after(height), after(width)] };
}

/** TensorFlow's SAME: ⌈extent / stride⌉ windows, and what these lack shared out evenly, the odd one after. */
function isSame(axis: WindowAxis): boolean {
  const count = Math.ceil(axis.extent / axis.stride);
  const lacking = Math.max(0, (count - 1) * axis.stride + reach(axis) - axis.extent);
  return windowsAlong(axis) === count && axis.before === Math.floor(lacking / 2);
}

/** Only as much after the image as the last window takes. */
function after(axis: WindowAxis): number {
  const last = (windowsAlong(axis) - 1) * axis.stride + reach(axis);
  return Math.max(0, last - axis.before - axis.extent);
}

/** Extent that one window covers. */
function reach({ taps, dilation }: WindowAxis): number {
  return (taps - 1) * dilation + 1;
}
