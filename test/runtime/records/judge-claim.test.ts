/** Verdicts against statistics worked out by hand. */
import { expect, test } from 'vitest';
import type { Claim, ClaimOperator, ClaimValue } from '../../../src/compiler/program/claim.ts';
import { judgeClaim } from '../../../src/runtime/records/judge-claim.ts';
import { countVerdicts, renderClaims } from '../../../src/runtime/records/render-claims.ts';
import type { Study } from '../../../src/runtime/records/study.ts';

const digests = { semantic: 'a'.repeat(64), protocol: 'b'.repeat(64) };

function study(rows: Readonly<Record<string, readonly (number | null)[]>>): Study {
  return {
    schema: 'clipx.study/1',
    experiment: 'line',
    clipx: '0.1.0',
    engine: 'reference 1 on cpu',
    made: '2026-01-01T00:00:00.000Z',
    metrics: [{ key: 'val.error' }],
    rows: Object.entries(rows).map(([row, values]) => ({
      row,
      digests,
      runs: values.map((value, index) => ({ seed: index + 1, values: { 'val.error': value } })),
    })),
  };
}

const of = (...rows: readonly string[]): ClaimValue => ({ kind: 'metric', stage: 'main', evaluation: 'val', data: 'val', metric: 'error', rows }); // prettier-ignore
const number = (value: number): ClaimValue => ({ kind: 'number', value });

function claim(sides: readonly ClaimValue[], operators: readonly ClaimOperator[], within?: Claim['within']): Claim {
  return { text: 'claim', sides: sides.map((value, index) => ({ text: `side ${index}`, value })), operators, ...(within && { within }) }; // prettier-ignore
}

test('paired differences 2, 3, 4: mean 3, standard error 1/√3, more than two of them: it holds', () => {
  // the means differ less than each side varies by itself: only paired does it show
  const table = study({ full: [10, 20, 30], other: [12, 23, 34] });
  const judged = judgeClaim(claim([of('full'), of('other')], ['<']), table);
  expect(judged.verdict).toBe('holds');
  expect(judged.links[0]).toMatchObject({ leftMean: 20, rightMean: 23, difference: 3, seeds: [1, 2, 3] });
  expect(judged.links[0]?.standardError).toBeCloseTo(1 / Math.sqrt(3), 12);
  expect(judgeClaim(claim([of('other'), of('full')], ['<']), table).verdict).toBe('fails');
  expect(judgeClaim(claim([of('other'), of('full')], ['>']), table).verdict).toBe('holds');
});

test('differences 1, −1, 3: mean 1, standard error 2/√3 > 1/2: nobody can say', () => {
  const table = study({ full: [5, 5, 5], other: [6, 4, 8] });
  const judged = judgeClaim(claim([of('full'), of('other')], ['<']), table);
  expect(judged.verdict).toBe('unsure');
  expect(judged.links[0]?.standardError).toBeCloseTo(2 / Math.sqrt(3), 12);
  expect(judged.links[0]?.reason).toContain('two standard errors');
});

test('a number is the same for every seed; the limit of two standard errors is exact', () => {
  // 2, 3, 4 below 5: differences 3, 2, 1, mean 2, standard error 1/√3 = 0.577
  const table = study({ full: [2, 3, 4] });
  expect(judgeClaim(claim([of('full'), number(5)], ['<']), table).verdict).toBe('holds');
  // below 3 + 2/√3 = 4.1547 by exactly two of them
  expect(judgeClaim(claim([of('full'), number(3 + 2 / Math.sqrt(3) - 1e-9)], ['<']), table).verdict).toBe('unsure');
  expect(judgeClaim(claim([of('full'), number(3 + 2 / Math.sqrt(3) + 1e-9)], ['<']), table).verdict).toBe('holds');
  expect(judgeClaim(claim([of('full'), number(1)], ['<']), table).verdict).toBe('fails');
});

test('what does not vary at all is judged as it is', () => {
  const table = study({ full: [1, 1], same: [1, 1], more: [1.5, 1.5] });
  expect(judgeClaim(claim([of('full'), of('more')], ['<']), table).verdict).toBe('holds');
  expect(judgeClaim(claim([of('full'), of('same')], ['<']), table).verdict).toBe('fails');
  expect(judgeClaim(claim([of('full'), of('same')], ['<=']), table).verdict).toBe('holds');
  expect(judgeClaim(claim([of('full'), of('same')], ['==']), table).verdict).toBe('holds');
});

test('~ is equal within the spread of the runs; within 5 % a share of the right side, with the standard error', () => {
  // deviations 1 and 1: a difference of 0.5 is within, one of 2 is not
  const table = study({ full: [10, 11, 12], near: [10.5, 11.5, 12.5], far: [12, 13, 14] });
  expect(judgeClaim(claim([of('full'), of('near')], ['~']), table)).toMatchObject({ verdict: 'holds', links: [{ tolerance: 1, difference: 0.5 }] }); // prettier-ignore
  expect(judgeClaim(claim([of('full'), of('far')], ['~']), table).verdict).toBe('fails');
  const share = { kind: 'share', value: 0.05 } as const;
  // 5 % of 11.5 is 0.575, the difference is 0.5 for every seed
  const judged = judgeClaim(claim([of('full'), of('near')], ['~'], share), table);
  expect(judged.verdict).toBe('holds');
  expect(judged.links[0]?.tolerance).toBeCloseTo(0.575, 12);
  expect(judgeClaim(claim([of('full'), of('near')], ['~'], { kind: 'amount', value: 0.4 }), table).verdict).toBe(
    'fails',
  );
  // differences 0, 0.5, 1: mean 0.5 ± 0.289; within 0.6 is not sure, within 1.1 is
  const noisy = study({ full: [10, 11, 12], near: [10, 11.5, 13] });
  expect(judgeClaim(claim([of('full'), of('near')], ['~'], { kind: 'amount', value: 0.6 }), noisy).verdict).toBe('unsure'); // prettier-ignore
  expect(judgeClaim(claim([of('full'), of('near')], ['~'], { kind: 'amount', value: 1.1 }), noisy).verdict).toBe('holds'); // prettier-ignore
});

test('a chain holds where every link does and fails where one does', () => {
  const table = study({ a: [1, 1.1], b: [2, 2.1], c: [3, 3.2] });
  const chain = (...rows: readonly string[]) =>
    judgeClaim(
      claim(
        rows.map((row) => of(row)),
        ['<', '<'],
      ),
      table,
    );
  expect(chain('a', 'b', 'c').verdict).toBe('holds');
  expect(chain('a', 'c', 'b').verdict).toBe('fails');
  expect(chain('a', 'c', 'b').links.map((it) => it.verdict)).toEqual(['holds', 'fails']);
});

test('one seed, or a row without runs, is no ground to judge, and it is said which', () => {
  const one = judgeClaim(claim([of('full'), of('other')], ['<']), study({ full: [1], other: [2] }));
  expect(one).toMatchObject({ verdict: 'unsure', links: [{ difference: 1, seeds: [1] }] });
  expect(one.links[0]?.reason).toBe('one seed says nothing of the spread');
  const none = judgeClaim(claim([of('full'), of('other')], ['<']), study({ full: [1, 2, 3] }));
  expect(none).toMatchObject({ verdict: 'unsure', links: [{ seeds: [], reason: 'no run of "other" is complete' }] });
  // seeds that only one side has are left out
  const some = judgeClaim(claim([of('full'), of('other')], ['<']), study({ full: [1, 2, 3], other: [null, 4, 5] }));
  expect(some).toMatchObject({ verdict: 'holds', links: [{ seeds: [2, 3], leftMean: 2.5, rightMean: 4.5 }] });
});

test('several points are averaged, and a formula is worked out run by run', () => {
  const table = study({ full: [10, 20], 'λ = 0, τ = 1': [12, 26], 'λ = 0, τ = 2': [14, 24] });
  const averaged = judgeClaim(claim([of('full'), of('λ = 0, τ = 1', 'λ = 0, τ = 2')], ['<']), table);
  // 13 and 25 against 10 and 20: differences 3 and 5, standard error 1
  expect(averaged).toMatchObject({ verdict: 'holds', links: [{ difference: 4, standardError: 1 }] });
  const half: ClaimValue = { kind: 'two', op: 'mul', left: number(0.5), right: of('full') };
  expect(judgeClaim(claim([half, of('full')], ['<']), table).links[0]).toMatchObject({ difference: 7.5, standardError: 2.5 }); // prettier-ignore
});

test('claims are told with their numbers', () => {
  const table = study({ full: [10, 20, 30], other: [12, 23, 34] });
  const judged = [judgeClaim(claim([of('full'), of('other')], ['<']), table)];
  expect(renderClaims(judged)).toBe(
    'holds   claim\n        20.00 against 23.00, difference 3.00 ± 0.58 (standard error), 3 seeds\n',
  );
  expect(countVerdicts([...judged, { claim: '', verdict: 'unsure', links: [] }])).toBe('1 holds, 1 is unsure');
});
