/** The experiment of a run folder, compiled again from what the folder keeps: to be explained, compared or exported, never run. */
import { existsSync, readFileSync } from 'node:fs';
import type { DataFacts } from '../compiler/assemble/facts.ts';
import type { ComparedExperiment } from '../compiler/compare/sides.ts';
import type { Program } from '../compiler/program/program.ts';
import { sourceFile } from '../compiler/source/source-file.ts';
import { readRunProgram, runPaths } from '../runtime/records/run-folder.ts';
import type { CommandContext } from './context.ts';
import { experimentOf, projectHost } from './experiment.ts';
import type { Project } from './settings.ts';

/** As it reads today; in words why it no longer does. */
export type RecordedExperiment =
  | { readonly kind: 'compiled'; readonly experiment: ComparedExperiment; readonly isUnchanged: boolean }
  | { readonly kind: 'lost'; readonly reason: string; readonly program?: Program };

/**
 * Compiles the text of a run as the row that ran, with what its data told then. What it `use`s is read where it lies now, and so
 * `isUnchanged` says whether it still means what the run's digest says.
 */
export async function compileRecorded(
  folder: string,
  project: Project,
  context: CommandContext,
): Promise<RecordedExperiment> {
  const paths = runPaths(folder);
  if (!existsSync(paths.experiment) || !existsSync(paths.program))
    return { kind: 'lost', reason: 'its folder holds no experiment.clipx and program.json' };
  const program = readRunProgram(folder);
  const text = readFileSync(paths.experiment, 'utf8');
  const { compile } = await import('../compiler/compile.ts');
  const host = projectHost(project.root, context.allowed);
  let found: RecordedExperiment | undefined;
  let fault: string | undefined;
  for (const path of sourcePathsOf(program)) {
    const experiment = experimentOf(sourceFile(path, text), project, host, randomOf(program));
    const { checked, program: now, graph, diagnostics } = compile({ ...experiment.request(program.row, factsOf(program)), unbuilt: 'stand-in' }); // prettier-ignore
    if (checked === undefined || now === undefined) {
      fault ??= diagnostics.find(({ severity }) => severity === 'error')?.message;
      continue;
    }
    const isUnchanged = now.digests.semantic === program.digests.semantic;
    const compiled = { kind: 'compiled', experiment: { checked, program: now, graph }, isUnchanged } as const;
    if (isUnchanged) return compiled;
    found ??= compiled;
  }
  return found ?? { kind: 'lost', program, reason: `it no longer compiles: ${fault ?? 'it declares no experiment'}` };
}

/** Where the text lay when it was compiled: a path of `use` is relative to it. What decided the state of tensors tells, the likeliest first. */
export function sourcePathsOf({ parameters }: Program): readonly string[] {
  const counts = new Map<string, number>();
  for (const { decidedAt } of parameters) {
    const path = decidedAt.replace(/:\d+$/, '');
    if (path.endsWith('.clipx') && !path.startsWith('library/')) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  const paths = [...counts].sort(([, a], [, b]) => b - a).map(([path]) => path);
  return [...paths, 'experiment.clipx'];
}

const randomOf = ({ random, stages }: Program): { readonly steps: number } | undefined =>
  random === true ? { steps: stages[0]?.steps ?? 2 } : undefined;

/** What the data told when the program was compiled. */
export function factsOf({ vocabularies, stages }: Program): DataFacts {
  const read = vocabularies.filter(({ from }) => from !== undefined);
  const sets = stages.flatMap(({ evaluations, dataValues = [], search }) => [...evaluations, ...dataValues, ...(search === undefined ? [] : [search.evaluation])]); // prettier-ignore
  return {
    counts: new Map(sets.map(({ data, count }) => [data, count])),
    vocabularies: new Map(read.map(({ name, entries }) => [name, entries])),
    vocabularyColumns: new Map(read.flatMap(({ name, columns }) => (columns === undefined ? [] : [[name, columns] as const]))), // prettier-ignore
  };
}
