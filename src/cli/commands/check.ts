import type { Command } from 'commander';
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { summarise } from '../../compiler/diagnostics/render-text.ts';
import { positionAt } from '../../compiler/source/source-file.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { openExperiment } from '../experiment.ts';
import { hasErrors, writeDiagnostics } from '../write-diagnostics.ts';

export function defineCheck(program: Command, act: Act): void {
  program
    .command('check')
    .description('Find every error of an experiment, touching no weights, data or engine. Exit 1 if there is one.')
    .argument('<files...>', '.clipx files')
    .option('--fix', 'make the repairs that are mechanical, then check again')
    .action((files: string[], flags: CheckFlags) => act((context) => check(files, flags, context)));
}

interface CheckFlags {
  readonly fix?: boolean;
}

/** Checks each file with all its rows, and tells all faults at once. */
async function check(files: readonly string[], flags: CheckFlags, context: CommandContext): Promise<ExitCode> {
  const { stdout, stderr } = context.environment;
  if (flags.fix === true) await fix(files, context);
  const compilations = [];
  for (const file of files) compilations.push(...(await compileRows(file, context)));
  const sources = new Map(compilations.flatMap((it) => [...it.graph.sources]));
  const diagnostics = distinct(compilations.flatMap((it) => it.diagnostics));
  // In a form for programs the diagnostics are the result.
  writeDiagnostics(diagnostics, sources, context, context.format === 'text' ? stderr : stdout);
  if (context.format === 'text') {
    const counts = summarise(diagnostics);
    const names = files.length === 1 ? (files[0] ?? '') : `${files.length} files`;
    context.remark(`${diagnostics.length === 0 ? '' : '\n'}${names}: ${counts === '' ? 'no errors' : counts}\n`);
  }
  return hasErrors(diagnostics) ? ExitCode.no : ExitCode.done;
}

/** A repair may lay another fault bare. */
const mostRounds = 8;

/** Repairs what has one mechanical repair, in the files of the project; what clipx ships stays as it is. */
async function fix(files: readonly string[], context: CommandContext): Promise<void> {
  const { root } = await context.project();
  const { applyFixes } = await import('../../compiler/diagnostics/fixes.ts');
  for (let round = 0; round < mostRounds; round++) {
    const compilations = [];
    for (const file of files) compilations.push(...(await compileRows(file, context)));
    const sources = new Map(compilations.flatMap((it) => [...it.graph.sources]));
    const fixed = applyFixes(distinct(compilations.flatMap((it) => it.diagnostics)), sources).filter(({ path }) =>
      existsSync(resolve(root, path)),
    );
    for (const { path, text, applied } of fixed) {
      writeFileSync(resolve(root, path), text);
      for (const { title, span } of applied) {
        const { line } = positionAt(sources.get(path)?.text ?? '', span.start);
        context.remark(`${path}:${line}: ${title}\n`);
      }
    }
    if (fixed.length === 0) return;
  }
}

/** The experiment as it stands, then each row; a row is an experiment of its own and is checked whole. */
async function compileRows(file: string, context: CommandContext) {
  const experiment = await openExperiment(file, context);
  const full = await experiment.check();
  const compilations = [full];
  if (hasErrors(full.diagnostics)) return compilations;
  for (const row of full.checked?.rows ?? []) compilations.push(await experiment.check(row.label));
  return compilations;
}

/** What is wrong in the experiment is wrong in every row: it is told once. */
function distinct<T extends { readonly code: string; readonly message: string; readonly span?: object }>(
  diagnostics: readonly T[],
): T[] {
  const seen = new Map(diagnostics.map((it) => [JSON.stringify([it.code, it.message, it.span]), it]));
  return [...seen.values()];
}
