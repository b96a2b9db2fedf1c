/** What is made of the runs of a study: verdicts, tables and a report, in a folder of their own among the runs. */
import { join } from 'node:path';
import type { CheckedExperiment } from '../../compiler/check/checked.ts';
import type { JudgedClaim } from '../../runtime/records/judge-claim.ts';
import type { Study } from '../../runtime/records/study.ts';
import type { StudyReportCell } from '../../runtime/records/study-report.ts';
import type { Experiment } from '../experiment.ts';
import { inProject } from '../run-experiment.ts';
import { studyOf } from '../study-of.ts';
import { checkStudy } from '../study-file.ts';
import type { StudyCell } from './run-study.ts';

export interface StudyFindings {
  /** Nothing where no run is complete. */
  readonly study: Study | undefined;
  readonly claims: readonly JudgedClaim[];
  readonly cells: readonly StudyReportCell[];
}

/** Puts the runs together and judges the claims by them. */
export async function findingsOf(done: readonly StudyCell[], checked: CheckedExperiment): Promise<StudyFindings> {
  const finished = done.flatMap((it) => it.finished ?? []);
  const study = studyOf(finished, checked);
  const cells = done.map(({ cell, end, finished: run }): StudyReportCell => {
    const status = end?.status ?? 'missing';
    const message = end?.error?.message;
    return {
      row: cell.row,
      seed: cell.seed,
      status,
      ...(message !== undefined && { message }),
      ...(run?.record !== undefined && { run: run.record }),
    };
  });
  return { study, claims: await judge(checked, study), cells };
}

export async function judge(checked: CheckedExperiment, study: Study | undefined): Promise<readonly JudgedClaim[]> {
  const { judgeClaims } = await import('../../runtime/records/judge-claim.ts');
  const nothing: Study = { schema: 'clipx.study/1', experiment: checked.name, clipx: '', engine: '', made: '', metrics: [], rows: [] }; // prettier-ignore
  return judgeClaims(
    checked.expectations.flatMap(({ claim }) => claim ?? []),
    study ?? nothing,
  );
}

/**
 * Writes `<name>-study/` into the folder of runs: `report.html`, `study.json`, the table as `table.md`, `table.csv` and `table.tex`, and every
 * run as a line of `runs.csv`. Gives back its path.
 */
export async function writeStudyFolder(
  { study, claims, cells }: StudyFindings,
  experiment: Experiment,
  checked: CheckedExperiment,
): Promise<string> {
  const [{ writeFileAtomic, writeJsonAtomic }, { renderStudyReport }, { renderRunsCsv, renderTable }] =
    await Promise.all([
      import('../../runtime/atomic-file.ts'),
      import('../../runtime/records/study-report.ts'),
      import('../../runtime/records/study-table.ts'),
    ]);
  const { project } = experiment;
  const folder = join(inProject(project.root, project.settings.runs), `${checked.name}-study`);
  if (study !== undefined) {
    writeJsonAtomic(join(folder, 'study.json'), await checkStudy(study, join(folder, 'study.json')));
    writeFileAtomic(join(folder, 'table.md'), renderTable(study, 'md'));
    writeFileAtomic(join(folder, 'table.csv'), renderTable(study, 'csv'));
    writeFileAtomic(join(folder, 'table.tex'), renderTable(study, 'latex'));
    writeFileAtomic(join(folder, 'runs.csv'), renderRunsCsv(study));
  }
  const rows = [...new Set(cells.map((it) => it.row))].filter((it) => it !== 'full');
  const view = {
    name: checked.name,
    title: checked.title,
    study,
    claims,
    cells,
    differences: await differencesOf(rows, experiment),
    experiment:
      cells.find((it) => it.row === 'full' && it.run !== undefined)?.run?.experiment ?? experiment.source.text,
  };
  writeFileAtomic(join(folder, 'report.html'), renderStudyReport(view));
  return folder;
}

/** What each row changes in meaning, as `clipx diff` tells it. */
async function differencesOf(
  rows: readonly string[],
  experiment: Experiment,
): Promise<readonly { readonly row: string; readonly text: string }[]> {
  const [{ compareExperiments }, { renderDiffText }] = await Promise.all([
    import('../../compiler/compare/changes.ts'),
    import('../../compiler/compare/render-diff.ts'),
  ]);
  const base = await experiment.describe('full');
  if (base.checked === undefined || base.program === undefined) return [];
  const full = { checked: base.checked, program: base.program, graph: base.graph };
  const found: { row: string; text: string }[] = [];
  for (const row of rows) {
    const { checked, program, graph } = await experiment.describe(row);
    if (checked === undefined || program === undefined) continue;
    const text = renderDiffText(compareExperiments(full, { checked, program, graph }), { base: 'full', head: row });
    found.push({ row, text });
  }
  return found;
}
