import type { Side } from '../../runtime/records/comparison/sides.ts';
import type { Study, StudyMetric } from '../../runtime/records/study.ts';
import { packageVersion } from '../package-version.ts';
import type { RunsComparison } from './compare-runs.ts';

/** The sides as the rows of a study, for its tables. Where sides may not be ranked, nothing says which end is best. */
export function comparisonTable({ sides, others, metrics, forced }: RunsComparison): Study {
  const isRanked = forced || others.every(({ refusals }) => refusals.length === 0);
  const first = sides[0]?.runs[0]?.record;
  return {
    schema: 'clipx.study/1',
    experiment: first?.name ?? '',
    clipx: packageVersion(),
    engine: '',
    made: first?.updated ?? '',
    metrics: metrics.map(({ key, at, unit, direction }): StudyMetric => ({
      key: columnOf(key, at),
      ...(unit !== undefined && { unit }),
      ...(isRanked && direction !== undefined && { direction }),
    })),
    rows: sides.map((side, at) => ({
      row: rowName(side, sides),
      digests: side.runs[0]?.record.digests ?? { semantic: '', protocol: '' },
      runs: side.runs.map(({ record }, run) => ({
        seed: record.seed,
        values: Object.fromEntries(metrics.map((metric) => [columnOf(metric.key, metric.at), metric.values[at]?.values[run]?.value ?? null])), // prettier-ignore
      })),
    })),
  };
}

const columnOf = (key: string, at: 'end' | 'last step'): string => (at === 'end' ? key : `${key}, last step`);

/** As short as tells it from the others. */
function rowName(side: Side, sides: readonly Side[]): string {
  const names: readonly ((of: Side) => string)[] = [
    ({ runs }) => runs[0]?.record.row ?? '',
    ({ runs }) => `${runs[0]?.record.name ?? ''} ${runs[0]?.record.row ?? ''}`,
    ({ runs }) => `${runs[0]?.record.row ?? ''} (${runs[0]?.record.backend?.name ?? 'no engine'})`,
  ];
  const found = names.find((name) => new Set(sides.map(name)).size === sides.length);
  return found === undefined ? `${side.label} ${names[0]?.(side) ?? ''}` : found(side);
}
