import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../atomic-file.ts';
import { renderReport, reportFigures } from './report.ts';
import { readRunRecordView, type ReportExtras, type RunRecordView } from './report-view.ts';
import { runPaths } from './run-folder.ts';

/** Writes `report.html` and `figures/*.svg` of a run, in whatever state it is, and gives back what they show. */
export async function writeReport(folder: string, extras: ReportExtras = {}): Promise<RunRecordView> {
  const paths = runPaths(folder);
  const run = await readRunRecordView(folder, extras);
  const figures = reportFigures(run);
  mkdirSync(paths.figures, { recursive: true });
  for (const figure of figures) {
    writeFileAtomic(join(paths.figures, `${figure.name}.svg`), standalone(figure.svg));
  }
  writeFileAtomic(paths.report, renderReport(run, figures));
  return run;
}

/** A page lends a figure its ink and paper; a file of its own brings them. */
function standalone(svg: string): string {
  return `${svg.replace('<svg ', '<svg style="background:#fff;color:#1c1f23" ')}\n`;
}
