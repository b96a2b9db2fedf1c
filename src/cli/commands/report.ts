import type { Command } from 'commander';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { CommandError } from '../failure.ts';
import { shorterPath } from '../read-source.ts';
import { findRunFolder } from '../run-folder.ts';
import { inProject } from '../run-experiment.ts';
import { studyBeside } from '../study-beside.ts';

interface ReportFlags {
  readonly output?: string;
}

export function defineReport(program: Command, act: Act): void {
  program
    .command('report')
    .description('Write the report of a run again, as far as it has come: one HTML page that needs nothing besides.')
    .argument('<run>', 'folder of the run, its name in the folder of runs, or latest')
    .option('-o, --output <file>', 'the page alone, there; by default report.html in the folder of the run')
    .addHelpText(
      'after',
      `
Examples:
  clipx report latest
  clipx report runs/clip_gaze-full-1 -o gaze.html

Runs write it themselves when they end. A run that still goes on, was stopped or failed has one of what there is, and
so has one that a Python package made. Without -o the figures and metrics.csv beside it are written too.`,
    )
    .action((run: string, flags: ReportFlags) => act((context) => report(run, flags, context)));
}

async function report(run: string, flags: ReportFlags, context: CommandContext): Promise<ExitCode> {
  const project = await context.project();
  const folder = findRunFolder(run, context.cwd, inProject(project.root, project.settings.runs));
  const extras = await studyBeside(folder, project, context);
  const path = flags.output === undefined ? undefined : resolve(context.cwd, flags.output);
  if (path !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new CommandError('user', `${path} is a folder, expected the file that the page is to be`, `for example -o ${flags.output ?? ''}/report.html`); // prettier-ignore
  const { isAlive } = await import('../../runtime/records/run-folder.ts');
  const { record } = path === undefined ? await again() : await page(path);
  const [place, written] = [
    shorterPath(folder, context.cwd),
    shorterPath(path ?? `${folder}/report.html`, context.cwd),
  ];
  const state = record.state === 'running' && !isAlive(record.process) ? 'killed' : record.state;
  if (context.format === 'json') {
    const document = { schema: 'clipx.report/1', folder: place, state, report: written };
    context.print(`${JSON.stringify(document, null, 2)}\n`);
  } else context.print(`${written}\n`);
  if (state !== 'complete') context.remark(`${place} is ${state}: the report tells of what there is\n`);
  return ExitCode.done;

  async function again() {
    const { writeReport } = await import('../../runtime/records/write-report.ts');
    return writeReport(folder, extras);
  }

  async function page(to: string) {
    const [{ writeFileAtomic }, { renderReport }, { readRunRecordView }] = await Promise.all([
      import('../../runtime/atomic-file.ts'),
      import('../../runtime/records/report.ts'),
      import('../../runtime/records/report-view.ts'),
    ]);
    const view = await readRunRecordView(folder, extras);
    writeFileAtomic(to, renderReport(view));
    return view;
  }
}
