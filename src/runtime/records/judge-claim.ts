/**
 * Whether a claim holds, by the runs of a study. The sides are paired by seed: both saw the same data in the same order from the same start, so their
 * difference varies less than either. Of the differences, the mean and its standard error (sample deviation over √n) decide.
 */
import type { Claim, ClaimMetric, ClaimOperator, ClaimSide, ClaimValue } from '../../compiler/program/claim.ts';
import { metricKey } from './metric-key.ts';
import { spreadOf, type Study } from './study.ts';

export type Verdict = 'holds' | 'fails' | 'unsure';

export interface JudgedClaim {
  readonly claim: string;
  readonly verdict: Verdict;
  /** Each comparison of a chain. */
  readonly links: readonly JudgedLink[];
}

export interface JudgedLink {
  readonly left: string;
  readonly operator: ClaimOperator;
  readonly right: string;
  readonly verdict: Verdict;
  /** Means over the seeds that both sides have; absent where there is none. */
  readonly leftMean?: number;
  readonly rightMean?: number;
  /** Mean of right − left, paired by seed. */
  readonly difference?: number;
  /** Of that mean; absent for fewer than two seeds. */
  readonly standardError?: number;
  /** For `~` and `==`: how far apart the sides may be. */
  readonly tolerance?: number;
  readonly seeds: readonly number[];
  readonly unit?: string;
  /** Why it can not be said, where it can not. */
  readonly reason?: string;
}

/** How many standard errors a mean difference has to exceed. */
const errors = 2;

export function judgeClaims(claims: readonly Claim[], study: Study): readonly JudgedClaim[] {
  return claims.map((claim) => judgeClaim(claim, study));
}

/** A chain holds where every link does, and fails where one does. */
export function judgeClaim(claim: Claim, study: Study): JudgedClaim {
  const links = claim.operators.flatMap((operator, index) => {
    const [left, right] = [claim.sides[index], claim.sides[index + 1]];
    return left === undefined || right === undefined ? [] : [judgeLink(left, operator, right, claim.within, study)];
  });
  const verdicts = links.map((link) => link.verdict);
  const verdict = verdicts.includes('fails') ? 'fails' : verdicts.includes('unsure') ? 'unsure' : 'holds';
  return { claim: claim.text, verdict, links };
}

function judgeLink(
  left: ClaimSide,
  operator: ClaimOperator,
  right: ClaimSide,
  within: Claim['within'],
  study: Study,
): JudgedLink {
  const seeds = [...new Set(study.rows.flatMap((row) => row.runs.map((run) => run.seed)))].sort((a, b) => a - b);
  const pairs = seeds.flatMap((seed) => {
    const [a, b] = [valueAt(left.value, seed, study), valueAt(right.value, seed, study)];
    return a === undefined || b === undefined ? [] : [{ seed, a, b }];
  });
  const unit = left.unit ?? right.unit;
  const named = { left: left.text, operator, right: right.text, seeds: pairs.map((it) => it.seed), ...(unit !== undefined && unit !== '' && { unit }) }; // prettier-ignore
  const differences = spreadOf(pairs.map(({ a, b }) => b - a));
  if (differences === undefined) return { ...named, verdict: 'unsure', reason: missing([left, right], study) };
  const { mean: difference, deviation, count } = differences;
  const means = {
    leftMean: meanOf(pairs.map((it) => it.a)),
    rightMean: meanOf(pairs.map((it) => it.b)),
    difference,
  };
  if (deviation === undefined) {
    const lacking = count < seeds.length || seeds.length > 1 ? `; ${missing([left, right], study)}` : '';
    return { ...named, ...means, verdict: 'unsure', reason: `one seed says nothing of the spread${lacking}` };
  }
  const standardError = deviation / Math.sqrt(count);
  const tolerance = toleranceOf(operator, within, means.rightMean, pairs);
  const verdict = verdictOf(operator, difference, standardError, tolerance, within !== undefined);
  const reason = verdict === 'unsure' ? { reason: 'the difference is within two standard errors of the limit' } : {};
  const told = tolerance === undefined ? {} : { tolerance };
  return { ...named, ...means, standardError, ...told, verdict, ...reason };
}

/** `d` is the mean of right − left. */
function verdictOf(
  operator: ClaimOperator,
  d: number,
  standardError: number,
  tolerance = 0,
  isGiven: boolean,
): Verdict {
  const margin = errors * standardError;
  switch (operator) {
    case '<':
    case '<=':
      if (d > margin || (operator === '<=' && d === 0 && margin === 0)) return 'holds';
      return d < -margin || margin === 0 ? 'fails' : 'unsure';
    case '>':
    case '>=':
      return verdictOf(operator === '>' ? '<' : '<=', -d, standardError, tolerance, isGiven);
    case '~':
    case '==':
      // equal within spread: the mean difference is no greater than the runs of one side differ by themselves
      if (!isGiven) return Math.abs(d) <= tolerance ? 'holds' : 'fails';
      // within an amount that was named: so, whatever the seeds may do
      if (Math.abs(d) + margin <= tolerance) return 'holds';
      return Math.abs(d) - margin > tolerance ? 'fails' : 'unsure';
  }
}

/** How far apart two sides that are the same may be: what the claim says, else the deviation that runs of one side have (root mean square of both). */
function toleranceOf(
  operator: ClaimOperator,
  within: Claim['within'],
  reference: number,
  pairs: readonly { readonly a: number; readonly b: number }[],
): number | undefined {
  if (operator !== '~' && operator !== '==') return undefined;
  if (within !== undefined) return within.kind === 'amount' ? within.value : Math.abs(within.value * reference);
  if (operator === '==') return 0;
  const [a, b] = [spreadOf(pairs.map((it) => it.a)), spreadOf(pairs.map((it) => it.b))];
  const [da, db] = [a?.deviation ?? 0, b?.deviation ?? 0];
  // a side that is a number, or the same for every seed, has no spread of its own
  const known = [da, db].filter((it) => it > 0);
  return known.length === 0 ? 0 : Math.sqrt(known.reduce((sum, it) => sum + it * it, 0) / known.length);
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, it) => sum + it, 0) / values.length;

function valueAt(value: ClaimValue, seed: number, study: Study): number | undefined {
  switch (value.kind) {
    case 'number':
      return value.value;
    case 'negative': {
      const of = valueAt(value.of, seed, study);
      return of === undefined ? undefined : -of;
    }
    case 'two': {
      const [left, right] = [valueAt(value.left, seed, study), valueAt(value.right, seed, study)];
      return left === undefined || right === undefined ? undefined : finite(operations[value.op](left, right));
    }
    case 'metric': {
      const found = value.rows.map((row) => measured(value, row, seed, study));
      const known = found.filter((it) => it !== undefined);
      // a mean over the points of a sweep has all of them
      return known.length === 0 || known.length < found.length ? undefined : meanOf(known);
    }
  }
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

const operations: Readonly<Record<Extract<ClaimValue, { kind: 'two' }>['op'], (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
};

function measured(metric: ClaimMetric, row: string, seed: number, study: Study): number | undefined {
  const run = study.rows.find((it) => it.row === row)?.runs.find((it) => it.seed === seed);
  return run?.values[claimKey(metric)] ?? undefined;
}

/** The column of a study that a claim reads. */
export function claimKey({ stage, evaluation, data, metric, entry }: ClaimMetric): string {
  const key = metricKey({ stage, evaluation, data, name: metric });
  return entry === undefined ? key : `${key}["${entry}"]`;
}

/** Every metric that a claim reads. */
export function metricsOfClaim({ sides }: Claim): readonly ClaimMetric[] {
  const inside = (value: ClaimValue): readonly ClaimMetric[] => {
    if (value.kind === 'metric') return [value];
    if (value.kind === 'two') return [...inside(value.left), ...inside(value.right)];
    return value.kind === 'negative' ? inside(value.of) : [];
  };
  return sides.flatMap((side) => inside(side.value));
}

/** Which runs are wanted and not there. */
function missing(sides: readonly ClaimSide[], study: Study): string {
  const metrics = metricsOfClaim({ text: '', operators: [], sides });
  if (metrics.some((metric) => metric.rows.length === 0)) return 'no row is at that point';
  const lacking = metrics.flatMap((metric) =>
    metric.rows.flatMap((row) => {
      const runs = study.rows.find((it) => it.row === row)?.runs ?? [];
      if (runs.length === 0) return [`no run of "${row}" is complete`];
      const key = claimKey(metric);
      return runs.every((run) => (run.values[key] ?? undefined) === undefined) ? [`no run of "${row}" has ${key}`] : [];
    }),
  );
  const [first = 'no seed is complete on both sides'] = lacking;
  return first;
}

/** `18.9 against 21.2 deg, difference 2.3 ± 0.4 (standard error), 3 seeds`. */
export function describeLink(link: JudgedLink, format: (value: number) => string): string {
  const { leftMean, rightMean, difference, standardError, tolerance, seeds, operator, unit, reason } = link;
  if (leftMean === undefined || rightMean === undefined || difference === undefined) return reason ?? '';
  const isLess = operator.startsWith('<');
  const shown = isLess ? difference : operator.startsWith('>') ? -difference : Math.abs(difference);
  const parts = [
    `${format(leftMean)} against ${format(rightMean)}${unit === undefined ? '' : ` ${unit}`}`,
    `difference ${format(shown)}${standardError === undefined ? '' : ` ± ${format(standardError)} (standard error)`}`,
    ...(tolerance === undefined ? [] : [`allowed ${format(tolerance)}`]),
    `${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`,
    ...(reason === undefined ? [] : [reason]),
  ];
  return parts.join(', ');
}
