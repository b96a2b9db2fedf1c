import type { OpAttributes } from '../../../ir/ops.ts';
import type { Shape } from '../../../types/dtype.ts';
import { windowsAlong, type WindowAxis } from '../../window-axis.ts';
import { placementOf, type Placement } from './windows.ts';

export type Pair = readonly [number, number];

/** One convolution, from whichever of its three ops. */
export interface ConvolutionSizes extends Placement {
  readonly x: Shape;
  readonly filter: Shape;
  readonly y: Shape;
  readonly height: WindowAxis;
  readonly width: WindowAxis;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

export function convolutionSizes(
  x: Shape,
  filter: Shape,
  { stride, padding, dilation, groups }: OpAttributes['conv2d'],
): ConvolutionSizes {
  const [batch = 1, rows = 1, columns = 1] = x;
  const [tapRows = 1, tapColumns = 1, , outputs = 1] = filter;
  const [top, bottom, left, right] = padding;
  const axis = (at: 0 | 1, extent: number, taps: number, before: number, after: number): WindowAxis => {
    return { extent, taps, stride: stride[at], dilation: dilation[at], before, after };
  };
  const height = axis(0, rows, tapRows, top, bottom);
  const width = axis(1, columns, tapColumns, left, right);
  const y = [batch, windowsAlong(height), windowsAlong(width), outputs];
  return { ...placementOf(height, width), x, filter, y, height, width, stride, dilation, groups };
}
