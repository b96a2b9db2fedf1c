import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { largestBatch } from '../../../src/compiler/plan/largest-batch.ts';

/** By trying every batch that may be answered. */
function bySearch(limit: number, bytesAt: (batch: number) => number | undefined): number | null {
  let best: number | null = null;
  for (let batch = 1; batch <= 4096; batch += batch >= 16 ? 8 : 1) if ((bytesAt(batch) ?? Infinity) <= limit) best = batch; // prettier-ignore
  return best;
}

describe('the largest batch', () => {
  test('is what trying them all finds, wherever the search begins', () => {
    const cost = fc.record({ fixed: fc.integer({ min: 0, max: 1000 }), each: fc.integer({ min: 1, max: 50 }), bend: fc.integer({ min: 0, max: 3 }) }); // prettier-ignore
    fc.assert(
      fc.property(cost, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 4000 }), ({ fixed, each, bend }, written, room) => {
        // similarities of all pairs grow with the square
        const bytesAt = (batch: number): number => fixed + each * batch + (bend * batch * batch) / 64;
        const limit = fixed + room;
        const { batch } = largestBatch(rounded(written), limit, bytesAt);
        expect(batch).toBe(bySearch(limit, bytesAt));
      }),
    ); // prettier-ignore
  });

  test('takes few looks: each is a compilation', () => {
    let looks = 0;
    const { batch } = largestBatch(64, 1e9, (size) => {
      looks += 1;
      return 1e6 + 20_000 * size;
    });
    expect(batch).toBe(49_944);
    expect(looks).toBeLessThan(30);
  });

  test('is none where one sample is too much', () => {
    expect(largestBatch(64, 10, (batch) => 100 * batch)).toEqual({ limit: 10, batch: null, bytes: 100 });
  });
});

const rounded = (batch: number): number => (batch >= 16 ? Math.floor(batch / 8) * 8 : batch);
