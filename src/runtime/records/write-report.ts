import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../atomic-file.ts';
import { renderReport, reportFigures } from './report.ts';
import { readRunRecordView, type ReportExtras, type RunRecordView } from './report-view.ts';
import { runPaths, type RunPaths } from './run-folder.ts';
import { runTable, runTableCsv } from './run-table.ts';
import { tensorboardFile, tensorboardPath } from './tensorboard-log.ts';

/** Writes `report.html`, `figures/*.svg`, `metrics.csv` and TensorBoard's file of a run, in whatever state it is, and gives back what they show. */
export async function writeReport(folder: string, extras: ReportExtras = {}): Promise<RunRecordView> {
  const paths = runPaths(folder);
  const run = await readRunRecordView(folder, extras);
  const figures = reportFigures(run);
  mkdirSync(paths.figures, { recursive: true });
  for (const figure of figures.filter(({ svg }) => svg !== '')) {
    writeFileAtomic(join(paths.figures, `${figure.name}.svg`), standalone(figure.svg));
  }
  writeFileAtomic(paths.report, renderReport(run, figures));
  writeCourses(run, paths);
  return run;
}

/** One table of every step, for spreadsheets and for TensorBoard. */
function writeCourses({ record, events }: RunRecordView, paths: RunPaths): void {
  const table = runTable(events);
  if (table.lines.length === 0) return;
  writeFileAtomic(paths.courses, runTableCsv(table));
  // An engine writes it as the run goes, behind its own back nobody: it lacks only in a folder whose files were not all kept. Python writes none.
  const of = { folder: paths.tensorboard, created: Date.parse(record.created) };
  const several = new Set(table.lines.map(({ stage }) => stage)).size > 1;
  if (record.backend?.name === 'pytorch' || !existsSync(tensorboardPath(of)))
    writeFileAtomic(tensorboardPath(of), tensorboardFile(events, { ...of, several }));
}

/** A page lends a figure its ink and paper; a file of its own brings them. */
function standalone(svg: string): string {
  return `${svg.replace('<svg ', '<svg style="background:#fff;color:#1c1f23" ')}\n`;
}
