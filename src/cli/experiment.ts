import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { DataFacts } from '../compiler/assemble/facts.ts';
import type { Compilation, CompileRequest } from '../compiler/compile.ts';
import type { CompilerHost } from '../compiler/resolve/modules.ts';
import type { SourceFile } from '../compiler/source/source-file.ts';
import type { Shape } from '../compiler/types/dtype.ts';
import { hubPath, hubWords, type HubName } from '../compiler/types/hub-name.ts';
import type { CommandContext } from './context.ts';
import { hasWeights, snapshotFolder } from '../runtime/hub/hub-cache.ts';
import { projectFile } from '../runtime/hub/project-file.ts';
import { packageRoot } from '../runtime/package-root.ts';
import { openWeights } from '../runtime/weights/formats/open-weights.ts';
import { ExitCode, exitCodeOfDiagnostics } from './exit-codes.ts';
import { CommandError } from './failure.ts';
import { modelFetcher, type FetchModel } from './fetch-models.ts';
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
  const host = projectHost(project.root, [...context.allowed, ...own], modelFetcher(context));
  return experimentOf(source, project, host, random);
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
  host: CompilerHost & Partial<ProjectHost>,
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
      return compiled(host, request(row, facts));
    },
    async describe(row) {
      return compiled(host, { ...request(row), unbuilt: 'stand-in' });
    },
    async check(row) {
      return compiled(host, { ...request(row), until: 'check' });
    },
  };
}

/** What the compiler asks of a project, and the models of the hub that it asked for in vain. */
export interface ProjectHost extends CompilerHost {
  /** Fetches them. False where there were none, or nothing may be fetched. */
  fetchMissing(): Promise<boolean>;
}

/** Once more for each model that had to be fetched first. */
async function compiled(host: Partial<ProjectHost>, request: CompileRequest): Promise<Compilation> {
  const { compile } = await import('../compiler/compile.ts');
  let compilation = compile(request);
  while (await host.fetchMissing?.()) compilation = compile(request);
  return compilation;
}

/**
 * The files of a project as the compiler sees them: `library/…` is clipx's own, all else lies in the project or in a folder that was
 * allowed (`--allow-path`), and `hf:org/name/…` in the cache of Hugging Face. What a symbolic link leads to counts, not where it stands.
 */
export function projectHost(root: string, allowed: readonly string[] = [], fetchModel?: FetchModel): ProjectHost {
  const library = join(packageRoot(), 'library');
  const isLibrary = (path: string): boolean => path.startsWith('library/');
  const fileOf = (path: string): string => (isLibrary(path) ? resolve(packageRoot(), path) : projectFile(root, path));
  const missing = new Map<string, HubName>();
  const asked = new Set<string>();
  // rows of a study are compiled one after another from the same files
  const headers = new Map<string, ReadonlyMap<string, Shape> | string>();
  return {
    readText(path) {
      const file = fileOf(path);
      return existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : undefined;
    },
    tensorsOf(path) {
      const known = headers.get(path);
      if (known !== undefined) return known;
      const file = fileOf(path);
      if (!existsSync(file)) return undefined;
      const found = tensorsIn(file);
      headers.set(path, found);
      return found;
    },
    hasModel(path) {
      const name = hubPath(path);
      const folder = name === undefined ? undefined : snapshotFolder(name);
      const isWhole = folder !== undefined && hasWeights(folder);
      // who has none of the weights may say the sizes all the same
      if (!isWhole && name !== undefined && !asked.has(hubWords(name))) missing.set(hubWords(name), name);
      return folder !== undefined;
    },
    async fetchMissing() {
      const wanted = [...missing];
      missing.clear();
      if (fetchModel === undefined || wanted.length === 0) return false;
      for (const [words, name] of wanted) {
        asked.add(words);
        await fetchModel(name);
      }
      headers.clear();
      return true;
    },
    allows(path) {
      const file = real(fileOf(path));
      return (isLibrary(path) ? [library] : [root, ...allowed]).some((folder) => isInside(file, real(folder)));
    },
  };
}

/** Names and shapes, of the headers alone; in words why they cannot be read. */
function tensorsIn(file: string): ReadonlyMap<string, Shape> | string {
  try {
    const weights = openWeights(file);
    try {
      return new Map(weights.names.map((name) => [name, weights.shapeOf(name) ?? []]));
    } finally {
      weights.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
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
