import type { CheckedExperiment } from '../../compiler/check/checked.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { CommandContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { codeWithoutProgram, openExperiment, type Experiment } from '../experiment.ts';
import { inProject } from '../run-experiment.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';
import type { Cell } from './cell.ts';
import { chosenRows, chosenSeeds } from './choose-cells.ts';
import { cellsOf } from './run-study.ts';

export interface OpenedCells {
  readonly experiment: Experiment;
  readonly checked: CheckedExperiment;
  /** Of the file as it stands. */
  readonly program: Program;
  readonly cells: readonly Cell[];
  /** The folder of runs. */
  readonly runs: string;
}

/** The cells of a file that flags choose. Where the file, or a row of it, has no program: the code to end with; its diagnostics are written. */
export async function openCells(
  file: string,
  flags: { readonly variants: string; readonly seeds: string },
  context: CommandContext,
): Promise<OpenedCells | ExitCode> {
  const experiment = await openExperiment(file, context);
  const full = await experiment.compile();
  const { checked, program } = full;
  if (checked === undefined || program === undefined) {
    writeDiagnostics(full.diagnostics, full.graph.sources, context);
    return codeWithoutProgram(full, file);
  }
  const rows = chosenRows(flags.variants, checked);
  const seeds = chosenSeeds(flags.seeds, checked);
  const cells = await cellsOf({ experiment, rows, seeds });
  if ('compiled' in cells) {
    writeDiagnostics(cells.compiled.diagnostics, cells.compiled.graph.sources, context);
    return codeWithoutProgram(cells.compiled, file);
  }
  const { root, settings } = experiment.project;
  return { experiment, checked, program, cells, runs: inProject(root, settings.runs) };
}
