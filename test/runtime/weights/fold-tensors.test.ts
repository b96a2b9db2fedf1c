import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldTensors } from '../../../src/runtime/weights/fold-tensors.ts';

const tensors = (...names: string[]): Parameters<typeof foldTensors>[0] =>
  names.map((name) => ({ name, dtype: 'F32', shape: [2] }));

const folded = (...names: string[]): string[] =>
  foldTensors(tensors(...names)).map(({ name, count }) => `${name} x${count}`);

test('numbers in a row are a range, others a list, and what does not repeat stays', () => {
  expect(folded('a.0.w', 'a.1.w', 'b', 'a.2.w')).toEqual(['a.{0..2}.w x3', 'b x1']);
  expect(folded('a.0.w', 'a.2.w', 'a.4.w')).toEqual(['a.{0,2,4}.w x3']);
  expect(folded('a.7.w')).toEqual(['a.7.w x1']);
});

test('of several numbers every combination must be there; else the first is told apart', () => {
  expect(folded('a.0.0', 'a.0.1', 'a.1.0', 'a.1.1')).toEqual(['a.{0,1}.{0,1} x4']);
  expect(folded('a.0.0', 'a.0.1', 'a.1.0')).toEqual(['a.0.{0,1} x2', 'a.1.0 x1']);
});

test('other shapes are other rows', () => {
  const [first, second] = tensors('a.0', 'a.1');
  expect(foldTensors([first!, { ...second!, shape: [3] }]).map(({ name }) => name)).toEqual(['a.0', 'a.1']);
});

test('unfolded again, the rows are the names that were given', () => {
  const name = fc.array(fc.constantFrom('a', '0', '1', '2', '5'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')); // prettier-ignore
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 30 }), (names) => {
      const rows = foldTensors(tensors(...names));
      const unfolded = rows.flatMap((row) => {
        const made = unfold(row.name);
        expect(made).toHaveLength(row.count);
        return made;
      });
      expect(unfolded.toSorted()).toEqual(names.toSorted());
    }),
  );
});

function unfold(name: string): string[] {
  const found = /\{([^}]*)\}/.exec(name);
  if (found === null) return [name];
  const [whole, inner = ''] = found;
  const range = /^(\d+)\.\.(\d+)$/.exec(inner);
  const numbers = range === null ? inner.split(',') : Array.from({ length: Number(range[2]) - Number(range[1]) + 1 }, (_, at) => String(Number(range[1]) + at)); // prettier-ignore
  return numbers.flatMap((number) => unfold(name.replace(whole, number)));
}
