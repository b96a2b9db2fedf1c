/** Runs held against a baseline: what the experiments mean, how they ran, and what they measured; none of the three is mixed with another. */
import { compareExperiments, type Comparison } from '../../compiler/compare/changes.ts';
import { metricDirections, statedDirections, type KnownDirection } from '../../compiler/compare/metric-direction.ts';
import type { ComparedRun } from '../../runtime/records/comparison/compared-run.ts';
import { judgeDifference, type JudgedDifference } from '../../runtime/records/comparison/judge-difference.ts';
import { metricsOf, sideMetric, sidesOf, type MetricId, type Side, type SideMetric } from '../../runtime/records/comparison/sides.ts'; // prettier-ignore
import type { CommandContext } from '../context.ts';
import { compileRecorded, type RecordedExperiment } from '../recorded-experiment.ts';
import type { Project } from '../settings.ts';
import { namesOfInputs } from '../study/input-digest.ts';
import { howTheyRan, type HowTheyRan } from './how-they-ran.ts';

export interface RunsComparison {
  readonly sides: readonly Side[];
  /** One for each side after the baseline. */
  readonly others: readonly ComparedSide[];
  readonly how: readonly HowTheyRan[];
  readonly metrics: readonly ComparedMetric[];
  /** Sides are ranked although they are not comparable. */
  readonly forced: boolean;
}

/** A side beside the baseline. */
export interface ComparedSide {
  readonly side: Side;
  /** Nothing where a text no longer compiles. */
  readonly meaning: Comparison | undefined;
  /** Why numbers of the two may not stand beside each other; none where they may. */
  readonly refusals: readonly string[];
  /** What a reader has to know besides. */
  readonly notes: readonly string[];
}

export interface ComparedMetric extends MetricId {
  readonly direction: KnownDirection['direction'] | undefined;
  /** Who says so. */
  readonly by: KnownDirection['by'] | 'told' | undefined;
  /** In the order of the sides. */
  readonly values: readonly SideMetric[];
  /** In the order of `others`. */
  readonly differences: readonly JudgedDifference[];
  /** Every side measures it, and no number differs. */
  readonly isSame: boolean;
}

export interface CompareOptions {
  /** By the key of a metric or its name: what is said on the command line. */
  readonly directions: ReadonlyMap<string, KnownDirection['direction']>;
  readonly force: boolean;
}

export async function compareRuns(
  runs: readonly ComparedRun[],
  { directions, force }: CompareOptions,
  project: Project,
  context: CommandContext,
): Promise<RunsComparison> {
  const sides = sidesOf(runs);
  const recorded: RecordedExperiment[] = [];
  for (const { runs: own } of sides) recorded.push(await compileRecorded(own[0]?.folder ?? '', project, context));
  const [baseline, ...rest] = sides;
  const others = baseline === undefined ? [] : rest.map((side, at) => comparedSide([baseline, side], [recorded[0], recorded[at + 1]])); // prettier-ignore
  const known = directionsOf(recorded);
  const metrics = metricsOf(sides).map((metric): ComparedMetric => {
    const told = directions.get(metric.key) ?? directions.get(metric.name);
    const found = known.get(metric.name);
    const direction = told ?? found?.direction;
    const values = sides.map((side) => sideMetric(side, metric));
    return {
      ...metric,
      direction,
      by: told === undefined ? found?.by : 'told',
      values,
      differences: others.map(({ side, refusals }, at) =>
        judgeDifference({
          baseline: values[0] ?? nothing,
          other: values[at + 1] ?? nothing,
          direction,
          refused: force ? undefined : refusals[0],
          unfinished: unfinishedWords([...(baseline === undefined ? [] : [baseline]), side]),
        }),
      ),
      isSame: new Set(values.map((it) => JSON.stringify(it))).size === 1 && values[0]?.spread !== undefined,
    };
  });
  return { sides, others, how: howTheyRan(sides), metrics, forced: force };
}

export const protocolsDiffer = 'their protocols differ';

const nothing: SideMetric = { spread: undefined, values: [] };

/** What the baseline says counts before what others say. */
function directionsOf(recorded: readonly RecordedExperiment[]): ReadonlyMap<string, KnownDirection> {
  const found = new Map<string, KnownDirection>();
  for (const each of recorded.toReversed()) {
    if (each.kind === 'compiled') for (const [name, known] of metricDirections(each.experiment)) found.set(name, known);
    else if (each.program !== undefined)
      for (const [name, direction] of statedDirections(each.program)) found.set(name, { direction, by: 'stated' });
  }
  return found;
}

/** Which of them is not through: of a side that is not, nothing is final. */
function unfinishedWords(sides: readonly Side[]): string | undefined {
  const labels = sides.filter(({ runs }) => runs.some(({ state }) => state !== 'complete')).map(({ label }) => label);
  return labels.length === 0 ? undefined : `${labels.join(' and ')} ${labels.length === 1 ? 'is' : 'are'} not complete`;
}

type Two<Item> = readonly [Item, Item];

function comparedSide([baseline, side]: Two<Side>, [before, after]: Two<RecordedExperiment | undefined>): ComparedSide {
  const areCompiled = before?.kind === 'compiled' && after?.kind === 'compiled';
  const meaning = areCompiled ? compareExperiments(before.experiment, after.experiment) : undefined;
  const [left, right] = [baseline.runs[0], side.runs[0]];
  if (left === undefined || right === undefined) return { side, meaning, refusals: [], notes: [] };
  const notes = [...noteOf(baseline.label, before), ...noteOf(side.label, after)];
  const refusals: string[] = [];
  if ([left, right].some(({ record }) => record.random === true)) refusals.push('numbers of random data mean nothing');
  if (left.record.digests.protocol !== right.record.digests.protocol) refusals.push(protocolsDiffer);
  const [ours, theirs] = [left.record.inputs, right.record.inputs];
  if (ours !== undefined && theirs !== undefined && ours !== theirs) {
    if (areCompiled && readTheSame(before, after)) refusals.push('the files that both read held something else');
    else if (refusals.length === 0) notes.push('what their files held differs too (inputs): where that is the data, and not the weights alone, the numbers are not of the same data'); // prettier-ignore
  }
  return { side, meaning, refusals, notes };
}

type Compiled = Extract<RecordedExperiment, { kind: 'compiled' }>;

const readTheSame = (before: Compiled, after: Compiled): boolean =>
  JSON.stringify(namesOfInputs(before.experiment.program)) === JSON.stringify(namesOfInputs(after.experiment.program));

function noteOf(label: string, recorded: RecordedExperiment | undefined): readonly string[] {
  if (recorded?.kind === 'lost') return [`what ${label} means is not compared: ${recorded.reason}`];
  if (recorded?.isUnchanged === false)
    return [`${label} means something else today than when it ran: what it uses, or clipx, has changed since`];
  return [];
}
