import { Option, type Command } from 'commander';
import { tableForms, type TableForm } from '../../runtime/records/study-table.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { shorterPath } from '../read-source.ts';
import type { Cell, CellEnd } from '../study/cell.ts';
import { findRun } from '../study/find-run.ts';
import { openCells } from '../study/open-cells.ts';
import { readFinished } from '../study/read-run.ts';
import { renderFindings } from '../study/render-findings.ts';
import type { StudyCell } from '../study/run-study.ts';
import { findingsOf, judge, writeStudyFolder } from '../study/study-folder.ts';
import { digestsOfRows, findStudy } from '../study-file.ts';

interface StudyFlags {
  readonly variants: string;
  readonly seeds: string;
  readonly table: TableForm;
}

export function defineStudy(program: Command, act: Act): void {
  program
    .command('study')
    .description(
      'What the runs of an experiment come to: the table, whether its claims hold, and a report. Trains nothing.',
    )
    .argument('<file>', '.clipx file')
    .option('--variants <rows>', 'rows of its ablations and points of its sweeps, separated by commas, or all', 'all')
    .option('--seeds <seeds>', 'seeds, separated by commas, or all that the file names', 'all')
    .addOption(new Option('--table <form>', 'form of the table').choices(tableForms).default('text'))
    .addHelpText(
      'after',
      `
Examples:
  clipx study experiments/clip-gaze/clip-gaze.clipx
  clipx study experiments/clip-gaze/clip-gaze.clipx --table latex > table.tex
  clipx study experiments/clip-gaze/clip-gaze.clipx --json | jq '.claims[].verdict'

Exit code 1: a claim fails. Where no run is there, study.json beside the file is read.`,
    )
    .action((file: string, flags: StudyFlags) => act((context) => study(file, flags, context)));
}

async function study(file: string, flags: StudyFlags, context: CommandContext): Promise<ExitCode> {
  const opened = await openCells(file, flags, context);
  if (typeof opened === 'number') return opened;
  const { experiment, checked, program, cells, runs } = opened;
  const done: StudyCell[] = [];
  for (const cell of cells) done.push(await readCell(cell, runs, checked.name, context));
  const found = await findingsOf(done, checked);
  const isRun = found.study !== undefined;
  const kept = isRun ? undefined : await findStudy(experiment, checked.name, await digestsOfRows(experiment, program, checked)); // prettier-ignore
  const findings =
    kept === undefined ? found : { ...found, study: kept.table, claims: await judge(checked, kept.table) };
  const folder = isRun ? await writeStudyFolder(findings, experiment, checked) : undefined;
  const { claims, study: table } = findings;
  if (context.format === 'json') {
    const listed = findings.cells.map(({ row, seed, status, run }) => ({
      row,
      seed,
      status,
      folder: run?.folder ?? null,
    }));
    const document = { schema: 'clipx.study-result/1', name: checked.name, study: table ?? null, claims, cells: listed, report: folder === undefined ? null : `${folder}/report.html` }; // prettier-ignore
    context.print(`${JSON.stringify(document, null, 2)}\n`);
  } else context.print(await renderFindings(findings, flags.table, kept?.now));
  if (kept !== undefined) context.remark(`from ${kept.path} of ${kept.table.made.slice(0, 10)}: none of these runs is in ${shorterPath(runs, context.cwd)}\n`); // prettier-ignore
  const missing = findings.cells.filter((it) => it.status !== 'complete');
  if (isRun && missing.length > 0)
    context.remark(`${missing.length} of ${findings.cells.length} runs are not complete: clipx run ${file} --variants all goes on with them\n`); // prettier-ignore
  if (folder !== undefined) context.remark(`report  ${shorterPath(folder, context.cwd)}/report.html\n`);
  return claims.some((it) => it.verdict === 'fails') ? ExitCode.no : ExitCode.done;
}

/** A cell as its folder tells it. */
async function readCell(cell: Cell, runs: string, name: string, context: CommandContext): Promise<StudyCell> {
  const found = findRun(runs, cell.key, context.environment.now());
  if (found.kind !== 'complete' && found.kind !== 'unfinished') return { cell, end: undefined, finished: undefined };
  const status = found.kind === 'complete' ? 'complete' : 'interrupted';
  const end: CellEnd = { status, folder: found.folder, reused: true };
  return { cell, end, finished: await readFinished(cell, end, name, context.cwd) };
}
