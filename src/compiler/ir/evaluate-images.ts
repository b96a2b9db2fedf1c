import type { Kernels } from './kernel.ts';
import type { OpAttributes } from './ops.ts';

/** What resizing means: along each axis an output pixel is a fixed weighted sum of input pixels. */
export const imageKernels: Kernels<'resize' | 'resize_grad'> = {
  resize: ([x], result, { height, width, method }) => {
    const sum = new Float64Array(result.data.length);
    eachPair(x.shape, height, width, method, (from, to, weight) => {
      sum[to]! += weight * x.data[from]!;
    });
    result.data.set(sum);
  },
  resize_grad: ([dy], result, { height, width, method, inputShape }) => {
    const sum = new Float64Array(result.data.length);
    eachPair(inputShape, height, width, method, (to, from, weight) => {
      sum[to]! += weight * dy.data[from]!;
    });
    result.data.set(sum);
  },
};

type Method = OpAttributes['resize']['method'];

export interface ResizeTap {
  readonly from: number;
  readonly weight: number;
}

/**
 * For each of `size` output pixels the input pixels it is made of. Pixel centres lie at i + 1/2, so output i looks at
 * (i + 1/2) · extent / size - 1/2. nearest: floor((i + 1/2) · extent / size). linear and cubic repeat the edge pixels.
 * The cubic kernel is that of R. G. Keys, "Cubic convolution interpolation for digital image processing", IEEE Trans. ASSP 29
 * (1981), with a = -0.75 as in PyTorch and OpenCV.
 */
export function resizeTaps(extent: number, size: number, method: Method): readonly (readonly ResizeTap[])[] {
  const inside = (at: number): number => Math.min(extent - 1, Math.max(0, at));
  return Array.from({ length: size }, (_, index) => {
    const edge = ((index + 0.5) * extent) / size;
    if (method === 'nearest') return [{ from: inside(Math.floor(edge)), weight: 1 }];
    const centre = edge - 0.5;
    const base = Math.floor(centre);
    const fraction = centre - base;
    const weights =
      method === 'linear' ? [1 - fraction, fraction] : [1 + fraction, fraction, 1 - fraction, 2 - fraction].map(cubic);
    const first = method === 'linear' ? base : base - 1;
    return weights.map((weight, tap) => ({ from: inside(first + tap), weight }));
  });
}

function cubic(distance: number): number {
  const a = -0.75;
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}

/** Every (input element, output element, weight) that takes part. */
function eachPair(
  x: readonly number[],
  height: number,
  width: number,
  method: Method,
  visit: (xAt: number, yAt: number, weight: number) => void,
): void {
  const [batch = 1, inputHeight = 1, inputWidth = 1, channels = 1] = x;
  const rows = resizeTaps(inputHeight, height, method);
  const columns = resizeTaps(inputWidth, width, method);
  for (let image = 0; image < batch; image++) {
    for (const [i, rowTaps] of rows.entries()) {
      for (const [j, columnTaps] of columns.entries()) {
        const yAt = ((image * height + i) * width + j) * channels;
        for (const row of rowTaps) {
          for (const column of columnTaps) {
            const xAt = ((image * inputHeight + row.from) * inputWidth + column.from) * channels;
            const weight = row.weight * column.weight;
            for (let c = 0; c < channels; c++) visit(xAt + c, yAt + c, weight);
          }
        }
      }
    }
  }
}
