import { describe, expect, test } from 'vitest';
import { philox4x32, stream } from '../../src/runtime/random.ts';

const hex = (words: Uint32Array): string => [...words].map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('Philox4x32-10', () => {
  // Known-answer vectors of the Random123 distribution (kat_vectors, "philox4x32 10").
  test.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the published answer for counter %j and key %j', (counter, [key0 = 0, key1 = 0], answer) => {
    expect(hex(philox4x32(Uint32Array.from(counter), key0, key1))).toBe(answer);
  });
});

describe('a stream', () => {
  test('gives the same number for an index in whatever order it is asked', () => {
    const forward = Array.from({ length: 50 }, (_, index) => stream(1, 'a').uint32(index));
    const one = stream(1, 'a');
    const backward = Array.from({ length: 50 }, (_, index) => one.uint32(49 - index)).reverse();
    expect(backward).toEqual(forward);
  });

  test('differs by name and by seed', () => {
    const numbers = [stream(1, 'a'), stream(1, 'b'), stream(2, 'a')].map((one) => one.uint32(0));
    expect(new Set(numbers).size).toBe(3);
  });

  test('is uniform: mean, variance and serial correlation of 100,000 draws', () => {
    const draws = stream(3, 'uniform').fillUniform(new Float32Array(100_000));
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    let serial = 0;
    for (let k = 1; k < draws.length; k++) serial += ((draws[k] ?? 0) - mean) * ((draws[k - 1] ?? 0) - mean);
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / draws.length));
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(Math.abs(serial / draws.length / variance)).toBeLessThan(4 / Math.sqrt(draws.length));
  });

  test('is normal: moments and the share within one deviation', () => {
    const draws = stream(3, 'normal').fillNormal(new Float32Array(100_000));
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const square = draws.reduce((sum, value) => sum + value * value, 0) / draws.length;
    const fourth = draws.reduce((sum, value) => sum + value ** 4, 0) / draws.length;
    const within = draws.reduce((count, value) => count + (Math.abs(value) < 1 ? 1 : 0), 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(square).toBeCloseTo(1, 1);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.15);
    expect(Math.abs(within - 0.6827)).toBeLessThan(0.01);
  });

  test('shuffles: a permutation, another each epoch, every place equally likely', () => {
    const shuffle = stream(5, 'shuffle:source');
    const first = shuffle.permutation(1000, 0);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, k) => k));
    expect([...shuffle.permutation(1000, 1)]).not.toEqual([...first]);
    expect([...stream(5, 'shuffle:source').permutation(1000, 0)]).toEqual([...first]);
    const places = new Float64Array(5);
    for (let epoch = 0; epoch < 5000; epoch++) {
      const place = shuffle.permutation(5, epoch).indexOf(0);
      places[place] = (places[place] ?? 0) + 1;
    }
    // Chi-squared with 4 degrees of freedom: 18.5 is the 99.9 % point.
    const chiSquared = places.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquared).toBeLessThan(18.5);
  });
});
