import { Option, type Command } from 'commander';
import { existsSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import type { Change, Comparison, ComparedExperiment } from '../../compiler/compare/changes.ts';
import { positionAt, sourceFile, type SourceFile } from '../../compiler/source/source-file.ts';
import type { Span } from '../../compiler/source/span.ts';
import { formatCount, formatShare } from '../../runtime/records/report-format.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode, exitCodeOfDiagnostics } from '../exit-codes.ts';
import { experimentOf, openExperiment, projectHost, type Experiment } from '../experiment.ts';
import { CommandError } from '../failure.ts';
import { openRevision, repositoryTop } from '../git.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';

interface DiffFlags {
  readonly exitCode?: boolean;
  readonly failOn?: 'protocol' | 'training';
  readonly variants: string;
}

export function defineDiff(program: Command, act: Act): void {
  program
    .command('diff')
    .description('Say what differs between two experiments in what they mean, not in how they are written.')
    .argument('<before>', 'file, or revision:file')
    .argument('[after]', 'file, or revision:file; with one argument, HEAD is compared with the file')
    .option('--variants <row>', 'a row of their ablations', 'full')
    .option('--exit-code', 'exit 1 if anything differs')
    .addOption(
      new Option('--fail-on <class>', 'exit 1 if there is a change of this weight').choices(['protocol', 'training']),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  clipx diff experiments/a.clipx\n  clipx diff main:experiments/a.clipx experiments/a.clipx --json',
    )
    .action((before: string, after: string | undefined, flags: DiffFlags) =>
      act((context) =>
        after === undefined ? diff(`HEAD:${before}`, before, flags, context) : diff(before, after, flags, context),
      ),
    );
}

interface Side extends ComparedExperiment {
  readonly name: string;
  readonly sources: ReadonlyMap<string, SourceFile>;
}

/** Never exits 0 where a side does not load or compile. */
async function diff(before: string, after: string, flags: DiffFlags, context: CommandContext): Promise<ExitCode> {
  const left = await compileSide(before, flags.variants, context);
  if (typeof left === 'number') return left;
  const right = await compileSide(after, flags.variants, context);
  if (typeof right === 'number') return right;
  const { compareExperiments } = await import('../../compiler/compare/changes.ts');
  const comparison = compareExperiments(left, right);
  context.print(
    context.format === 'json'
      ? `${JSON.stringify(diffDocument(comparison, left, right), null, 2)}\n`
      : diffText(comparison, left, right),
  );
  const weighty =
    flags.failOn === undefined
      ? []
      : comparison.changes.filter((it) => flags.failOn === 'training' || it.class === 'protocol');
  const differs = !comparison.identical || comparison.changes.length > 0;
  return weighty.length > 0 || (flags.exitCode === true && differs) ? ExitCode.no : ExitCode.done;
}

async function compileSide(operand: string, row: string, context: CommandContext): Promise<Side | ExitCode> {
  const experiment = await openOperand(operand, context);
  const compiled = await experiment.compile(row);
  const errors = compiled.diagnostics.filter((it) => it.severity === 'error');
  writeDiagnostics(errors, compiled.graph.sources, context);
  const { checked, program, graph } = compiled;
  if (checked !== undefined && program !== undefined)
    return { name: operand, checked, program, sources: graph.sources };
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
  const text = revision.read(inRepository(resolve(context.cwd, path)));
  if (text === undefined) throw new CommandError('user', `there is no ${path} at the revision ${ref}`);
  const host = projectHost(project.root);
  const projectPath = relative(project.root, resolve(context.cwd, path)).split(sep).join('/');
  return experimentOf(sourceFile(projectPath, text), project, {
    // What a file uses is read at its own revision; what ships with clipx, where the repository does not hold it, from here.
    readText: (used) =>
      revision.read(inRepository(resolve(project.root, used))) ??
      (used.startsWith('library/') ? host.readText(used) : undefined),
  });
}

/** The same shape whether or not anything differs. */
function diffDocument(comparison: Comparison, before: Side, after: Side) {
  const place = (span: Span | undefined, { sources }: Side) => {
    const text = span === undefined ? undefined : sources.get(span.file)?.text;
    return span === undefined || text === undefined ? null : { file: span.file, ...positionAt(text, span.start) };
  };
  const count = (name: Change['class']) => comparison.changes.filter((it) => it.class === name).length;
  return {
    schema: 'clipx.diff/1',
    status: 'compared',
    before: before.name,
    after: after.name,
    identical: comparison.identical,
    comparable: comparison.comparable,
    digests: comparison.digests,
    trainable: comparison.trainable,
    counts: { protocol: count('protocol'), training: count('training') },
    changes: comparison.changes.map((it) => ({
      rule: it.rule,
      class: it.class,
      subject: it.subject,
      before: it.before ?? null,
      after: it.after ?? null,
      consequence: it.consequence ?? null,
      location: { before: place(it.place.before, before), after: place(it.place.after, after) },
      fingerprint: it.fingerprint,
    })),
  };
}

function short(digest: string): string {
  return digest.slice(0, 8);
}

function diffText(comparison: Comparison, before: Side, after: Side): string {
  const { digests, trainable, changes } = comparison;
  const head = `${before.name} -> ${after.name}`;
  if (comparison.identical && changes.length === 0)
    return `${head}\nno difference in meaning (semantic ${short(digests.after.semantic)})\n`;
  const protocol = comparison.comparable
    ? 'protocol unchanged: results stay comparable'
    : `protocol ${short(digests.before.protocol)} -> ${short(digests.after.protocol)}: results are NOT comparable`;
  const count = (name: Change['class']) => changes.filter((it) => it.class === name).length;
  const trained = [trainable.before, trainable.after].map(formatCount);
  const shares = [
    trainable.before / Math.max(1, trainable.allBefore),
    trainable.after / Math.max(1, trainable.allAfter),
  ].map(formatShare);
  return [
    head,
    `semantic ${short(digests.before.semantic)} -> ${short(digests.after.semantic)}   ${protocol}`,
    ...(['protocol', 'training'] as const).flatMap((name) =>
      changes.filter((it) => it.class === name).flatMap((it) => changeLines(it, before, after)),
    ),
    ...(trainable.before === trainable.after && trainable.allBefore === trainable.allAfter
      ? []
      : [`trainable ${trained[0]} (${shares[0]}) -> ${trained[1]} (${shares[1]})`]),
    `protocol ${count('protocol')}, training ${count('training')}`,
    '',
  ].join('\n');
}

function changeLines(change: Change, before: Side, after: Side): readonly string[] {
  const line = lineOf(change.place.after, after) ?? lineOf(change.place.before, before);
  const head = `${change.class.padEnd(8)}  ${change.rule}  ${change.subject}${line === undefined ? '' : `  (line ${line})`}`;
  const values =
    change.before === undefined
      ? [`  + ${change.after ?? ''}`]
      : change.after === undefined
        ? [`  - ${change.before}`]
        : `${change.before}${change.after}`.length < 80
          ? [`  ${change.before} -> ${change.after}`]
          : [`  - ${change.before}`, `  + ${change.after}`];
  return [head, ...values, ...(change.consequence === undefined ? [] : [`  ${change.consequence}`])];
}

function lineOf(span: Span | undefined, { sources }: Side): number | undefined {
  const text = span === undefined ? undefined : sources.get(span.file)?.text;
  return span === undefined || text === undefined ? undefined : positionAt(text, span.start).line;
}
