import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../src/compiler/ir/graph.ts';
import type { InputSource, ProgramFunction } from '../../src/compiler/program/program-function.ts';
import type { RunData } from '../../src/runtime/batch-source.ts';
import { columnsRead, createFeeder, rampsIn, randomTensor, reads } from '../../src/runtime/feeds.ts';
import { stream } from '../../src/runtime/random.ts';

function functionOf(inputs: Record<string, { shape: readonly number[]; source: InputSource }>): ProgramFunction {
  const graph = new GraphBuilder('f');
  for (const [name, { shape }] of Object.entries(inputs)) graph.add('input', [], { name, dtype: 'f32', shape });
  const sources = Object.fromEntries(Object.entries(inputs).map(([name, { source }]) => [name, source]));
  return { id: 'f', graph: graph.finish(), inputs: sources, outputs: {} };
}

const f32 = (...values: number[]) =>
  ({ dtype: 'f32', shape: [values.length], data: Float32Array.from(values) }) as const;
const noData: RunData = {
  open: () => Promise.reject(new Error('none')),
  texts: async (table) => ({ ids: f32(table.length), length: f32(-1), starts: f32() }),
};

describe('feeds', () => {
  const fn = functionOf({
    w: { shape: [9], source: { kind: 'parameter', name: 'w' } },
    face: { shape: [2], source: { kind: 'column', column: 'face', part: 'value' } },
    mask: { shape: [1], source: { kind: 'column', column: 'tags', part: 'mask' } },
    prompts: { shape: [1], source: { kind: 'texts', table: 'abc', part: 'ids' } },
    c: { shape: [1], source: { kind: 'constant', id: 'c' } },
    λ: { shape: [], source: { kind: 'weight', name: 'λ1' } },
  });
  const sources = {
    columns: { face: f32(1, 2), 'tags.mask': f32(3), unused: f32(0) },
    constants: { c: f32(4) },
    weights: { λ1: 0.5 },
  };

  test('look every input up by its source; parameters are the session’s', async () => {
    const feeds = await createFeeder(noData, 1).feeds(fn, sources);
    expect(Object.entries(feeds).map(([name, { data }]) => [name, ...data])).toEqual([
      ['face', 1, 2],
      ['mask', 3],
      ['prompts', 3],
      ['c', 4],
      ['λ', 0.5],
    ]);
    expect(columnsRead(fn)).toEqual(['face', 'tags']);
    expect([reads(fn, 'constant'), reads(fn, 'feature'), reads(undefined, 'constant')]).toEqual([true, false, false]);
  });

  test('a ramp that a formula reads is fed apart from the weight of a term of that name', async () => {
    const ramp = { kind: 'ramp', name: 'λ1', from: 0, to: 1, over: { value: 2, unit: 'epoch' } } as const;
    const both = functionOf({
      term: { shape: [], source: { kind: 'weight', name: 'λ1' } },
      inside: { shape: [], source: { kind: 'weight', name: 'λ1', ramp } },
    });
    const [inside] = rampsIn(both);
    expect(inside?.[1]).toBe(ramp);
    const key = inside?.[0] ?? '';
    const feeds = await createFeeder(noData, 1).feeds(both, { weights: { λ1: 0.5, [key]: 0.25 } });
    expect([feeds['term']?.data[0], feeds['inside']?.data[0]]).toEqual([0.5, 0.25]);
  });

  test('a column of another shape than the graph’s is the user’s fault and says both', async () => {
    const wrong = { ...sources, columns: { ...sources.columns, face: f32(1, 2, 3) } };
    await expect(createFeeder(noData, 1).feeds(fn, wrong)).rejects.toMatchObject({
      code: 'CX8242',
      fault: 'user',
      message: 'column `face` gives f32 [3], and f was compiled for f32 [2]',
    });
  });

  test('an input that nothing feeds is clipx’s fault', async () => {
    await expect(createFeeder(noData, 1).feeds(fn, { ...sources, constants: {} })).rejects.toThrow(/nothing feeds c/);
  });
});

describe('random tensors', () => {
  const source = stream(1, 'dropout');

  test('depend on stream and counter alone, and no two counters share a number', () => {
    for (const distribution of [{ kind: 'uniform', low: 0, high: 1 }, { kind: 'normal' }] as const) {
      const draw = (counter: number): number[] => [...randomTensor(source, distribution, [5, 7], counter).data];
      expect(draw(3)).toEqual(draw(3));
      const all = [0, 1, 2, 3].flatMap(draw);
      // 140 numbers of 24 bits: a chance of one in 1,700 that two agree, decided by the seed once and for all.
      expect(new Set(all).size).toBe(all.length);
    }
  });

  test('uniform lies in its range, a mask keeps its share, permutations hold each index once in every row', () => {
    const uniform = randomTensor(source, { kind: 'uniform', low: -2, high: 3 }, [10_000], 0).data;
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...uniform)).toBeLessThan(3);
    const mask = randomTensor(source, { kind: 'bernoulli', keep: 0.9 }, [100, 100], 1).data;
    const kept = Array.from(mask).reduce((sum, value) => sum + value, 0);
    expect(new Set(mask)).toEqual(new Set([0, 1]));
    expect(Math.abs(kept - 9000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.09));
    const permutation = randomTensor(source, { kind: 'permutation' }, [3, 50], 2);
    expect(permutation.dtype).toBe('i32');
    const rows = [0, 1, 2].map((row) => [...permutation.data.subarray(row * 50, (row + 1) * 50)]);
    for (const row of rows)
      expect([...row].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(rows[0]).not.toEqual(rows[1]);
  });
});
