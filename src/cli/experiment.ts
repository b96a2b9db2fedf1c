import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { DataFacts } from '../compiler/assemble/facts.ts';
import type { Compilation, CompileRequest } from '../compiler/compile.ts';
import type { CompilerHost } from '../compiler/resolve/modules.ts';
import type { SourceFile } from '../compiler/source/source-file.ts';
import type { CommandContext } from './context.ts';
import { packageRoot } from '../runtime/package-root.ts';
import { ExitCode, exitCodeOfDiagnostics } from './exit-codes.ts';
import { CommandError } from './failure.ts';
import { readSource } from './read-source.ts';
import type { Project } from './settings.ts';

/** A file of a project, ready to be compiled as any of its rows. */
export interface Experiment {
  readonly project: Project;
  readonly source: SourceFile;
  compile(row?: string, facts?: DataFacts): Promise<Compilation>;
  /** What `compile` asks of the compiler. */
  request(row?: string, facts?: DataFacts): CompileRequest;
  /** As `compile`, of what is checked and not built too: to be explained or compared, never run. */
  describe(row?: string): Promise<Compilation>;
  /** As far as errors and digests go: no graphs are made. */
  check(row?: string): Promise<Compilation>;
}

/** Reads the file that a command names; `random`: to be compiled small, for random data. Throws `CommandError` or a system error where it can not be read. */
export async function openExperiment(
  path: string,
  context: CommandContext,
  random?: CompileRequest['random'],
): Promise<Experiment> {
  const project = await context.project();
  const source = readSource(path, context.cwd, project.root);
  // A file from elsewhere may use what lies beside and below it, as a project of its own.
  const own = isAbsolute(source.path) ? [dirname(source.path)] : [];
  return experimentOf(source, project, projectHost(project.root, [...context.allowed, ...own]), random);
}

/** The exit code where no program came of a file. Throws `CommandError` where that is for want of an experiment, not for an error. */
export function codeWithoutProgram({ diagnostics }: Compilation, file: string): ExitCode {
  const code = exitCodeOfDiagnostics(diagnostics);
  if (code !== ExitCode.done) return code;
  const help = 'a file without an `experiment` statement is a library: other files `use` it';
  throw new CommandError('user', `${file} declares no experiment`, help);
}

/** The same for a text that is at hand, for example of another revision. */
export function experimentOf(
  source: SourceFile,
  project: Project,
  host: CompilerHost,
  random?: CompileRequest['random'],
): Experiment {
  const request = (row?: string, facts?: DataFacts): CompileRequest => ({
    path: source.path,
    text: source.text,
    host,
    ...(row !== undefined && { row }),
    ...(facts !== undefined && { facts }),
    ...(random !== undefined && { random }),
  });
  return {
    project,
    source,
    request,
    async compile(row, facts) {
      const { compile } = await import('../compiler/compile.ts');
      return compile(request(row, facts));
    },
    async describe(row) {
      const { compile } = await import('../compiler/compile.ts');
      return compile({ ...request(row), unbuilt: 'stand-in' });
    },
    async check(row) {
      const { compile } = await import('../compiler/compile.ts');
      return compile({ ...request(row), until: 'check' });
    },
  };
}

/**
 * The files of a project as the compiler sees them: `library/…` is clipx's own, all else lies in the project or in a folder that was
 * allowed (`--allow-path`). What a symbolic link leads to counts, not where it stands.
 */
export function projectHost(root: string, allowed: readonly string[] = []): CompilerHost {
  const library = join(packageRoot(), 'library');
  const isLibrary = (path: string): boolean => path.startsWith('library/');
  const fileOf = (path: string): string => resolve(isLibrary(path) ? packageRoot() : root, path);
  return {
    readText(path) {
      const file = fileOf(path);
      return existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : undefined;
    },
    allows(path) {
      const file = real(fileOf(path));
      return (isLibrary(path) ? [library] : [root, ...allowed]).some((folder) => isInside(file, real(folder)));
    },
  };
}

/** Where a path leads once links are followed; a path that leads nowhere as it is. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isInside(file: string, folder: string): boolean {
  const path = relative(folder, file);
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}
