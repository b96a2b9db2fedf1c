import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { DataFacts } from '../compiler/assemble/facts.ts';
import type { DeviceProfile } from '../compiler/plan/device-profile.ts';
import type { PlanFacts } from '../compiler/plan/plan.ts';
import { isBuiltInTokenizer } from '../compiler/types/built-in-tokenizers.ts';
import { readableText } from '../compiler/program/text-template.ts';
import type { Program } from '../compiler/program/program.ts';
import { projectFile } from '../runtime/hub/project-file.ts';
import type { Tokenizer } from '../runtime/data/tokenizer.ts';
import type { CommandContext } from './context.ts';
import type { Experiment } from './experiment.ts';
import { pastRun } from './past-run.ts';
import { inProject } from './run-experiment.ts';
import type { Project } from './settings.ts';

/** What a plan tells besides the program: of the data, of tokenizers, of earlier runs, of this machine. Warns of texts that are the same. */
export async function planFacts(
  program: Program,
  { project }: Experiment,
  context: CommandContext,
  data: DataFacts | undefined,
): Promise<PlanFacts> {
  const { root, settings } = project;
  const [{ keptSeeds }, { describeRun }] = await Promise.all([
    import('../runtime/stage-store.ts'),
    import('../runtime/weights/find-run.ts'),
  ]);
  const ends = join(inProject(root, settings.cache), 'stages');
  const runsFolder = inProject(root, settings.runs);
  const tokenizers = await tokenizersOf(program, root);
  await remarkSameTokens(program, tokenizers, context);
  const device = await deviceOf(project);
  const measured = device === undefined ? undefined : pastRun(program, device, runsFolder);
  return {
    ...(data !== undefined && { counts: data.counts }),
    ...(device !== undefined && { device }),
    ...(measured !== undefined && { measured }),
    kept: (digest) => keptSeeds(ends, digest),
    run: (reference) => describeRun(reference, { projectRoot: root, runsFolder }),
    tokens: tokensOf(tokenizers),
  };
}

/** What the engine that a run would take was measured to do here. */
async function deviceOf({ settings }: Project): Promise<DeviceProfile | undefined> {
  const [{ likelyBackend }, { readDeviceProfile }] = await Promise.all([
    import('../runtime/backends/select-engine.ts'),
    import('./device/device-file.ts'),
  ]);
  return readDeviceProfile(likelyBackend(settings.backend), settings.threads || availableParallelism());
}

/** The tokenizers whose files are there. */
async function tokenizersOf(program: Program, root: string): Promise<ReadonlyMap<string, Tokenizer>> {
  const { openTokenizer } = await import('../runtime/data/open-tokenizer.ts');
  const present = program.tokenizers.filter(({ path, random }) => random !== undefined || isBuiltInTokenizer(path) || existsSync(projectFile(root, path))); // prettier-ignore
  return new Map(present.map((spec) => [spec.id, openTokenizer(spec, root)]));
}

/** Texts of one prompt that no model can tell apart, said before a run says it. */
async function remarkSameTokens(
  program: Program,
  tokenizers: ReadonlyMap<string, Tokenizer>,
  context: CommandContext,
): Promise<void> {
  const { sameTokens } = await import('../runtime/data/same-tokens.ts');
  for (const { id, tokenizer, texts, vectors } of program.texts) {
    const encoder = tokenizers.get(tokenizer);
    const [first] = encoder === undefined ? [] : sameTokens(texts, encoder.encode(texts, vectors).ids, encoder.context);
    if (first !== undefined) context.environment.stderr.write(`warning[CX8114]: ${id}: "${readableText(first[0])}" and "${readableText(first[1])}" give the same tokens: no model can tell them apart\n`); // prettier-ignore
  }
}

/** Cuts texts. */
function tokensOf(loaded: ReadonlyMap<string, Tokenizer>): NonNullable<PlanFacts['tokens']> {
  return (id, texts) => {
    const tokenizer = loaded.get(id);
    if (tokenizer === undefined) return [];
    const { truncated } = tokenizer.encode(texts);
    // marks stand around the pieces
    return texts.map((text, row) => ({
      tokens: tokenizer.pieces(text).length + tokenizer.marks,
      truncated: truncated[row] === true,
    }));
  };
}
