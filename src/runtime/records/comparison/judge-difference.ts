/** Whether one side of a comparison does better than another: the rule by which claims of studies are judged, read off in words. */
import type { Claim, ClaimSide } from '../../../compiler/program/claim.ts';
import { combinedEvaluation } from '../../combine-metrics.ts';
import { judgeClaim } from '../judge-claim.ts';
import type { Study } from '../study.ts';
import type { SideMetric } from './sides.ts';

export type DifferenceVerdict = 'better' | 'worse' | 'same' | 'unsure';

export interface JudgedDifference {
  /** Null where the two are not to be ranked. */
  readonly verdict: DifferenceVerdict | null;
  /** Other − baseline: the mean over the seeds that both have, of means where they have none in common. Absent where a side has no number. */
  readonly difference?: number;
  /** Of that mean, over seeds; absent for fewer than two that both have. */
  readonly standardError?: number;
  /** Those that both have. */
  readonly seeds: readonly number[];
  /** Why it is unsure, or not ranked. */
  readonly reason?: string;
}

export interface DifferenceRequest {
  readonly baseline: SideMetric;
  readonly other: SideMetric;
  readonly direction: 'min' | 'max' | undefined;
  /** Why the two are not to be ranked at all. */
  readonly refused?: string | undefined;
  /** Why nothing of a run is final: it still goes on. */
  readonly unfinished?: string | undefined;
}

export function judgeDifference({ baseline, other, direction, refused, unfinished }: DifferenceRequest): JudgedDifference {
  const link = linkOf(baseline, other);
  const seeds = link?.seeds ?? [];
  const [left, right] = [baseline.spread, other.spread];
  if (left === undefined || right === undefined) return { verdict: refused === undefined ? 'unsure' : null, seeds: [], reason: refused ?? `${left === undefined ? 'the baseline' : 'it'} has no number` };
  const difference = link?.difference ?? right.mean - left.mean;
  const { standardError } = link ?? {};
  const measured = { difference, ...(standardError !== undefined && { standardError }), seeds };
  if (refused !== undefined) return { verdict: null, ...measured, reason: refused };
  const unsure = (reason: string): JudgedDifference => ({ verdict: 'unsure', ...measured, reason });
  if (unfinished !== undefined) return unsure(unfinished);
  if (areEqual(baseline, other)) return { verdict: 'same', ...measured };
  if (seeds.length > 0 && difference === 0 && (standardError ?? 0) === 0)
    return { verdict: 'same', ...measured, reason: `on ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}, which both have` };
  if (left.count < 2 || right.count < 2) return unsure('one seed says nothing of the spread');
  if (seeds.length === 0) return unsure('they have no seed in common, and differences are taken seed by seed');
  if (seeds.length === 1) return unsure(`they have one seed in common, ${seeds[0]}, and one says nothing of the spread`);
  if (link === undefined || link.verdict === 'unsure') return unsure('within two standard errors');
  if (direction === undefined) return unsure('whether more or less of it is better is not known');
  const isMore = link.verdict === 'holds';
  return { verdict: isMore === (direction === 'max') ? 'better' : 'worse', ...measured };
} // prettier-ignore

/** The claim `baseline < other`. */
function linkOf(baseline: SideMetric, other: SideMetric) {
  const runs = ({ values }: SideMetric): Study['rows'][number]['runs'] => values.map(({ seed, value = null }) => ({ seed, values: { [key]: value } })); // prettier-ignore
  const digests = { semantic: '', protocol: '' };
  const study: Study = {
    schema: 'clipx.study/1', experiment: '', clipx: '', engine: '', made: '', metrics: [{ key }],
    rows: [{ row: 'baseline', digests, runs: runs(baseline) }, { row: 'other', digests, runs: runs(other) }],
  }; // prettier-ignore
  const claim: Claim = { text: '', sides: [sideOf('baseline'), sideOf('other')], operators: ['<'] };
  return judgeClaim(claim, study).links[0];
}

/** A metric of no evaluation has its name for a key. */
const key = 'metric';
const sideOf = (row: string): ClaimSide => ({
  text: row,
  value: { kind: 'metric', stage: 'main', evaluation: combinedEvaluation, data: '', metric: key, rows: [row] },
});

/** Number for number: seed by seed, or the one number of each. */
function areEqual(baseline: SideMetric, other: SideMetric): boolean {
  const [left, right] = [baseline, other].map(({ values }) => new Map(values.map(({ seed, value }) => [seed, value])));
  if (left === undefined || right === undefined || left.size !== right.size) return false;
  if (left.size === 1) return [...left.values()][0] === [...right.values()][0];
  return [...left].every(([seed, value]) => right.get(seed) === value);
}
