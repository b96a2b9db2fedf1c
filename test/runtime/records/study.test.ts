import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { formatSpread, renderStudyTable, rowAge, spreadOf } from '../../../src/runtime/records/study.ts';
import { study } from '../../support/run-record-view.ts';

const schema = JSON.parse(readFileSync(new URL('../../../schemas/study.json', import.meta.url), 'utf8')) as object;
const digests = study.rows[0]?.digests ?? { semantic: '', protocol: '' };

test('the file fits its schema, and one with a word too many does not', () => {
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
  expect(validate(study)).toBe(true);
  expect(validate({ ...study, note: 'x' })).toBe(false);
});

test('mean and deviation are those of the textbook: 2, 4, 4, 4, 5, 5, 7, 9 over n − 1', () => {
  const spread = spreadOf([2, 4, 4, 4, 5, 5, 7, 9]);
  expect(spread?.mean).toBe(5);
  expect(spread?.deviation).toBeCloseTo(Math.sqrt(32 / 7), 12);
  expect(spreadOf([null, undefined])).toBeUndefined();
  expect(spreadOf([3, null])).toEqual({ mean: 3, deviation: undefined, count: 1 });
});

test('as many digits are printed as the deviation supports', () => {
  expect(formatSpread({ mean: 7.16, deviation: 0.1557, count: 3 })).toBe('7.16 ± 0.16 (3)');
  expect(formatSpread({ mean: 91.237, deviation: 2.31, count: 3 })).toBe('91.2 ± 2.3 (3)');
  expect(formatSpread({ mean: 0.51234, deviation: 0.00123, count: 5 })).toBe('0.5123 ± 0.0012 (5)');
  expect(formatSpread({ mean: 1234.6, deviation: 123, count: 2 })).toBe('1235 ± 123 (2)');
  expect(formatSpread({ mean: -4.8e-8, deviation: 1.2e-9, count: 2 })).toBe('-4.8e-8 ± 1.2e-9 (2)');
  expect(formatSpread({ mean: 8.5, deviation: 3e-9, count: 2 })).toBe('8.500000 ± 3.0e-9 (2)');
  expect(formatSpread({ mean: 0, deviation: 0, count: 2 })).toBe('0.00 ± 0.00 (2)');
  expect(formatSpread(undefined)).toBe('–');
});

test('a row is current, stale, not comparable or gone by its digests', () => {
  const [full] = study.rows;
  if (full === undefined) throw new Error('the study has rows');
  expect(rowAge(full, { full: digests })).toBe('current');
  expect(rowAge(full, { full: { ...digests, semantic: 'x' } })).toBe('stale');
  expect(rowAge(full, { full: { semantic: digests.semantic, protocol: 'x' } })).toBe('not comparable');
  expect(rowAge(full, {})).toBe('gone');
  expect(rowAge(full, undefined)).toBe('unknown');
});

test('the table as text', () => {
  const text = renderStudyTable(study, { format: 'text', now: { full: digests, 'L_g only': digests } });
  expect(text).toBe(
    [
      'row                             target.error [deg]',
      'full                               7.16 ± 0.16 (3)',
      'L_g only *                         8.47 ± 0.40 (3)',
      'predicting the mean direction                14.20',
      '* stale: the experiment has changed since (its semantic digest no longer matches)',
      '',
    ].join('\n'),
  );
});

test('the table as Markdown', () => {
  expect(renderStudyTable(study, { format: 'markdown', now: { full: digests } })).toBe(
    [
      '| row | target.error [deg] |',
      '| --- | ---: |',
      '| full | 7.16 ± 0.16 (3) |',
      '| L_g only † | 8.47 ± 0.40 (3) |',
      '| predicting the mean direction | 14.20 |',
      '',
      '† the experiment has no such row any more',
      '',
    ].join('\n'),
  );
});
