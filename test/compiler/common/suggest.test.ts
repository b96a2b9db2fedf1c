import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearestName } from '../../../src/compiler/common/suggest.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });

test('a distance that is cut off is the whole distance or the limit', () => {
  fc.assert(
    fc.property(word, word, fc.nat(8), (a, b, limit) => {
      expect(editDistance(a, b, limit)).toBe(Math.min(limit, editDistance(a, b)));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['lamda', 'lambda', 1],
  ['form', 'from', 1],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('from %s to %s it takes %i changes', (a, b, count) => {
  expect(editDistance(a, b)).toBe(count);
});

test('a name is offered where enough of it is there', () => {
  expect(nearestName('bacth', ['batch', 'epochs'])).toBe('batch');
  expect(nearestName('z', ['w'])).toBeUndefined();
});
