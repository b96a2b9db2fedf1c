import type { Command } from 'commander';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { told } from '../../compiler/diagnostics/told.ts';
import { sourceFile, type SourceFile } from '../../compiler/source/source-file.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { UsageError } from '../failure.ts';
import { unifiedDiff } from '../line-diff.ts';
import { readSource } from '../read-source.ts';
import { hasErrors, writeDiagnostics } from '../write-diagnostics.ts';

interface FmtFlags {
  readonly check?: boolean;
  readonly diff?: boolean;
}

export function defineFmt(program: Command, act: Act): void {
  program
    .command('fmt')
    .description('Format .clipx files in place. There are no options of style; the meaning never changes.')
    .argument('[paths...]', 'files and folders, the project by default; - formats stdin to stdout')
    .option('--check', 'write nothing; exit 1 if a file is not formatted')
    .option('--diff', 'write nothing; print what would change')
    .action((paths: string[], flags: FmtFlags) => act((context) => fmt(paths, flags, context)));
}

async function fmt(paths: readonly string[], flags: FmtFlags, context: CommandContext): Promise<ExitCode> {
  if (paths.includes('-')) return formatStdin(paths, flags, context);
  const { root } = await context.project();
  const files = [
    ...new Set((paths.length === 0 ? [root] : paths).flatMap((it) => clipxFiles(resolve(context.cwd, it)))),
  ];
  let [unreadable, changed] = [0, 0];
  for (const file of files) {
    const source = readSource(file, context.cwd, root);
    const formatted = await format(source, context);
    if (formatted === undefined) {
      unreadable++;
      continue;
    }
    // The bytes on disk, not their NFC: formatting normalises those too.
    const before = readFileSync(file, 'utf8');
    if (formatted === before) continue;
    changed++;
    const shown = relative(context.cwd, file);
    if (flags.diff === true) context.print(unifiedDiff(shown, before, formatted));
    else context.print(`${shown}\n`);
    if (flags.check !== true && flags.diff !== true) writeFileSync(file, formatted);
  }
  context.remark(summary(files.length, changed, unreadable, flags));
  if (unreadable > 0) return ExitCode.input;
  return flags.check === true && changed > 0 ? ExitCode.no : ExitCode.done;
}

async function formatStdin(paths: readonly string[], flags: FmtFlags, context: CommandContext): Promise<ExitCode> {
  if (paths.length > 1) throw new UsageError('- stands alone: clipx fmt - formats what comes in on stdin');
  const source = sourceFile('<stdin>', await context.environment.stdin.text());
  const formatted = await format(source, context);
  if (formatted === undefined) return ExitCode.input;
  if (flags.diff === true) context.print(unifiedDiff('<stdin>', source.text, formatted));
  else if (flags.check !== true) context.print(formatted);
  return flags.check === true && formatted !== source.text ? ExitCode.no : ExitCode.done;
}

/** The canonical text, or nothing where the file has syntax errors: those are told. */
async function format(source: SourceFile, context: CommandContext): Promise<string | undefined> {
  const [{ parse }, { print }] = await Promise.all([
    import('../../compiler/parse/parse.ts'),
    import('../../compiler/syntax/print.ts'),
  ]);
  const { file, diagnostics } = parse(source);
  if (!hasErrors(diagnostics)) return print(file);
  writeDiagnostics(told(diagnostics), new Map([[source.path, source]]), context);
  return undefined;
}

/** A file as it is; the `.clipx` files below a folder in order, leaving out hidden and installed ones. */
function clipxFiles(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) return skipped(entry.name) ? [] : clipxFiles(inner);
      return entry.isFile() && entry.name.endsWith('.clipx') ? [inner] : [];
    });
}

function skipped(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules' || name === 'runs' || name === 'dist';
}

function summary(files: number, changed: number, unreadable: number, flags: FmtFlags): string {
  const words = flags.check === true || flags.diff === true ? 'to format' : 'formatted';
  const faulty = unreadable === 0 ? '' : `, ${unreadable} with syntax errors`;
  return `${files} ${files === 1 ? 'file' : 'files'}: ${changed} ${words}${faulty}\n`;
}
