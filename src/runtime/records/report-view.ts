/** All that a report and a summary show of a run, read from its folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { joinContents, type FigureContent, type FigureCourse } from './figures/figure-content.ts';
import type { EvaluationResult } from '../checkpoint.ts';
import type { RunEvent } from '../events.ts';
import { declaredFigures } from './figures/declared-figures.ts';
import type { Figure } from './figures/figure.ts';
import { runSeries } from './figures/run-series.ts';
import { parameterGroups, type ParameterGroup } from './parameter-groups.ts';
import { readRun, readRunProgram, runPaths } from './run-folder.ts';
import type { RunRecord } from './run-record.ts';
import type { Study, StudyBaseline } from './study.ts';
import type { ProgramDigests } from '../../compiler/program/program.ts';

export interface RunRecordView {
  readonly folder: string;
  readonly record: RunRecord;
  readonly events: readonly RunEvent[];
  /** The final results: on the selected parameters where an evaluation selects. */
  readonly results: readonly EvaluationResult[];
  readonly groups: readonly ParameterGroup[];
  /** The experiment in canonical form. */
  readonly experiment: string;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly baselines: readonly StudyBaseline[];
  /** The committed study of the same experiment, and the digests of its rows as the file is now. */
  readonly study?: {
    readonly table: Study;
    readonly path: string;
    readonly now?: Readonly<Record<string, ProgramDigests>>;
  };
  /** Beyond those that follow from the events. */
  readonly figures: readonly Figure[];
}

export type ReportExtras = Partial<Pick<RunRecordView, 'baselines' | 'study' | 'figures'>>;

/** Reads a run folder in whatever state it is. Throws RunError CX8262 where it is none. */
export async function readRunRecordView(folder: string, extras: ReportExtras = {}): Promise<RunRecordView> {
  const paths = runPaths(folder);
  const { record, events, results } = await readRun(folder);
  const program = existsSync(paths.program) ? readRunProgram(folder) : undefined;
  const declared = program === undefined ? [] : declaredFigures(program.figures, runSeries(events), (figure) => readContent(paths.figures, figure)); // prettier-ignore
  return {
    folder,
    record,
    events,
    results,
    groups: program === undefined ? [] : parameterGroups(program),
    experiment: existsSync(paths.experiment) ? readFileSync(paths.experiment, 'utf8') : '',
    environment: readEnvironment(paths.environment),
    baselines: extras.baselines ?? extras.study?.table.baselines ?? [],
    figures: [...declared, ...(extras.figures ?? [])],
    ...(extras.study !== undefined && { study: extras.study }),
  };
}

/** `environment.json` as rows; nothing where the run never came so far. */
function readEnvironment(path: string): RunRecordView['environment'] {
  if (!existsSync(path)) return [];
  const content = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>;
  return Object.entries(content).flatMap(([name, value]) => {
    if (name === 'schema') return [];
    if (typeof value !== 'object' || value === null) return [{ name, value: String(value) }];
    return [{ name, value: Object.values(value).map(String).join(' · ') }];
  });
}

/** What the run left for a figure; nothing where it has not come so far. */
function readContent(folder: string, figure: string): FigureCourse | undefined {
  if (!existsSync(folder)) return undefined;
  const contents = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as FigureContent);
  return joinContents(contents.filter((content) => content.schema === 'clipx.figure/1' && content.figure === figure));
}
