import { Option, type Command } from 'commander';
import { existsSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { changeClasses, type ChangeClass } from '../../compiler/compare/change.ts';
import type { ComparedExperiment } from '../../compiler/compare/changes.ts';
import { sourceFile } from '../../compiler/source/source-file.ts';
import { isHubPath } from '../../compiler/types/hub-name.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode, exitCodeOfDiagnostics } from '../exit-codes.ts';
import { experimentOf, openExperiment, projectHost, type Experiment } from '../experiment.ts';
import { CommandError } from '../failure.ts';
import { openRevision, repositoryTop } from '../git.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';

interface DiffFlags {
  readonly exitCode?: boolean;
  readonly failOn?: Exclude<ChangeClass, 'cosmetic'>;
  readonly all?: boolean;
  readonly variants: string;
}

export function defineDiff(program: Command, act: Act): void {
  program
    .command('diff')
    .description('Say what differs between two experiments in what they mean, not in how they are written.')
    .argument('<before>', 'file, or revision:file')
    .argument('[after]', 'file, or revision:file; with one argument, HEAD is compared with the file')
    .option('--variants <row>', 'a row of their ablations', 'full')
    .option('--all', 'list cosmetic changes too')
    .option('--exit-code', 'exit 1 if anything but cosmetic differs')
    .addOption(
      new Option('--fail-on <class>', 'exit 1 if there is a change of this weight or a graver one').choices([
        'protocol',
        'training',
        'runtime',
      ]),
    )
    .addHelpText(
      'after',
      `
Classes: protocol (numbers are no longer comparable) › training (what is learned) › runtime › cosmetic.
Examples:
  clipx diff experiments/a.clipx
  clipx diff main:experiments/a.clipx experiments/a.clipx --json`,
    )
    .action((before: string, after: string | undefined, flags: DiffFlags) =>
      act((context) =>
        after === undefined ? diff(`HEAD:${before}`, before, flags, context) : diff(before, after, flags, context),
      ),
    );
}

/** Never exits 0 where a side does not load or compile, and then never prints what could be taken for no change. */
async function diff(before: string, after: string, flags: DiffFlags, context: CommandContext): Promise<ExitCode> {
  const { renderDiffJson, renderDiffText } = await import('../../compiler/compare/render-diff.ts');
  const names = { base: before, head: after };
  const left = await compileSide(before, flags.variants, context);
  const right = await compileSide(after, flags.variants, context);
  if (typeof left === 'number' || typeof right === 'number') {
    if (context.format === 'json') context.print(renderDiffJson(undefined, names));
    return typeof left === 'number' ? left : typeof right === 'number' ? right : ExitCode.input;
  }
  const { compareExperiments } = await import('../../compiler/compare/changes.ts');
  const comparison = compareExperiments(left, right);
  context.print(
    context.format === 'json'
      ? renderDiffJson(comparison, names)
      : renderDiffText(comparison, names, { all: flags.all === true }),
  );
  const limit = flags.failOn ?? (flags.exitCode === true ? 'runtime' : undefined);
  if (limit === undefined) return ExitCode.done;
  const graver = changeClasses.slice(0, changeClasses.indexOf(limit) + 1);
  return graver.some((name) => comparison.counts[name] > 0) ? ExitCode.no : ExitCode.done;
}

async function compileSide(
  operand: string,
  row: string,
  context: CommandContext,
): Promise<ComparedExperiment | ExitCode> {
  const experiment = await openOperand(operand, context);
  const compiled = await experiment.describe(row);
  const errors = compiled.diagnostics.filter((it) => it.severity === 'error');
  // stdout holds the one document of the comparison
  writeDiagnostics(errors, compiled.graph.sources, context, context.environment.stderr);
  const { checked, program, graph } = compiled;
  if (checked !== undefined && program !== undefined) return { checked, program, graph };
  context.environment.stderr.write(`error: ${operand} does not compile, so nothing was compared\n`);
  return errors.length === 0 ? ExitCode.input : exitCodeOfDiagnostics(errors);
}

/** A path where there is such a file, else `revision:path` as git writes it. */
async function openOperand(operand: string, context: CommandContext): Promise<Experiment> {
  const colon = operand.indexOf(':');
  if (colon < 1 || existsSync(resolve(context.cwd, operand))) return openExperiment(operand, context);
  const [ref, path] = [operand.slice(0, colon), operand.slice(colon + 1)];
  const project = await context.project();
  const top = repositoryTop(context.cwd);
  const revision = openRevision(top, ref);
  const inRepository = (absolute: string) => relative(top, absolute).split(sep).join('/');
  // as a path is written here, or from the top of the repository as git takes it
  const place = [resolve(context.cwd, path), resolve(top, path)].find((it) => revision.read(inRepository(it)) !== undefined); // prettier-ignore
  const text = place === undefined ? undefined : revision.read(inRepository(place));
  if (place === undefined || text === undefined)
    throw new CommandError('user', `there is no ${path} at the revision ${ref}`);
  const host = projectHost(project.root, context.allowed);
  const projectPath = relative(project.root, place).split(sep).join('/');
  return experimentOf(sourceFile(projectPath, text), project, {
    // What a file uses is read at its own revision; what ships with clipx, where the repository does not hold it, from here.
    readText: (used) =>
      revision.read(inRepository(resolve(project.root, used))) ??
      (used.startsWith('library/') || isHubPath(used) ? host.readText(used) : undefined),
    // no revision holds weights
    tensorsOf: host.tensorsOf ?? ((): undefined => undefined),
    ...(host.hasModel === undefined ? {} : { hasModel: host.hasModel }),
  });
}
