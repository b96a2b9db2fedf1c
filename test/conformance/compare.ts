import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import { sameShape } from '../../src/compiler/types/dtype.ts';
import type { ConformanceCase } from './cases.ts';

/** The first place where a result is not the reference's, in words. f32 may differ by the case's tolerance unless it is exact. */
export function disagreement(
  found: TensorValue | undefined,
  expected: TensorValue,
  { exact, tolerance }: Pick<ConformanceCase, 'exact' | 'tolerance'>,
): string | undefined {
  if (found === undefined) return 'nothing came back';
  if (found.dtype !== expected.dtype || !sameShape(found.shape, expected.shape)) {
    return `${found.dtype}[${found.shape.join()}], the reference says ${expected.dtype}[${expected.shape.join()}]`;
  }
  const isExact = expected.dtype !== 'f32' || exact;
  let scale = 1;
  for (const value of expected.data) scale = Math.max(scale, Math.abs(value));
  for (const [at, value] of expected.data.entries()) {
    const own = found.data[at] ?? NaN;
    const agrees = isExact ? own === value : Math.abs(own - value) <= tolerance * scale;
    if (!agrees) return `[${at}]: ${own}, the reference says ${value} (largest ${scale})`;
  }
  return undefined;
}
