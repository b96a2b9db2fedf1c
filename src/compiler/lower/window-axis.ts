import { windowCount } from '../ir/extents.ts';

/** Windows over one spatial axis. Window o takes the positions `o · stride − before + tap · dilation`. */
export interface WindowAxis {
  readonly extent: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

/** Windows along an axis. */
export function windowsAlong({ extent, taps, stride, dilation, before, after }: WindowAxis): number {
  return windowCount(extent, taps, stride, dilation, before + after);
}
