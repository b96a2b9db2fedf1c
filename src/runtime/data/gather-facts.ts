import type { Program } from '../../compiler/program/program.ts';
import { createDataRoom, type DataEnvironment } from './data-room.ts';

/** What the data tell the compiler: samples of each evaluated set, words of each vocabulary that is read from a column. */
export interface GatheredFacts {
  readonly counts: ReadonlyMap<string, number>;
  readonly vocabularies: ReadonlyMap<string, readonly string[]>;
}

/** Opens what the evaluations and vocabularies need, and the sets of `also`; decodes no picture. Throws `DataError`. */
export async function gatherFacts(
  program: Program,
  environment: DataEnvironment,
  also: readonly string[] = [],
): Promise<GatheredFacts> {
  const room = createDataRoom(program, environment);
  const counts = new Map<string, number>();
  const evaluated = program.stages.flatMap((stage) => stage.evaluations.map(({ data }) => data));
  for (const data of new Set([...evaluated, ...also])) counts.set(data, (await room.open(data)).count);
  const vocabularies = new Map<string, readonly string[]>();
  for (const vocabulary of program.vocabularies) {
    if (vocabulary.from !== undefined) vocabularies.set(vocabulary.name, await room.vocabulary(vocabulary.name));
  }
  return { counts, vocabularies };
}
