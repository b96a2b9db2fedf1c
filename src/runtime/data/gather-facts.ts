import type { Program } from '../../compiler/program/program.ts';
import type { DataEnvironment } from './data-plan.ts';
import { createDataRoom } from './data-room.ts';
import type { VocabularyContent } from './read-vocabulary.ts';

/** What the data tell the compiler: samples of each evaluated set, words of each vocabulary that is read from a column. */
export interface GatheredFacts {
  readonly counts: ReadonlyMap<string, number>;
  readonly vocabularies: ReadonlyMap<string, readonly string[]>;
  /** Further columns of vocabularies that are read from a table. */
  readonly vocabularyColumns: ReadonlyMap<string, VocabularyContent['columns']>;
}

/** Opens what the evaluations and vocabularies need, and the sets of `also`; decodes no picture. Throws `DataError`. */
export async function gatherFacts(
  program: Program,
  environment: DataEnvironment,
  also: readonly string[] = [],
): Promise<GatheredFacts> {
  const room = createDataRoom(program, environment);
  const counts = new Map<string, number>();
  const evaluated = program.stages.flatMap((stage) => [
    ...stage.evaluations.map(({ data }) => data),
    ...(stage.dataValues ?? []).map(({ data }) => data),
    ...(stage.search === undefined ? [] : [stage.search.evaluation.data]),
    ...(stage.wholeBatch === true && stage.data !== undefined ? [stage.data] : []),
  ]);
  for (const data of new Set([...evaluated, ...also])) counts.set(data, (await room.open(data)).count);
  const vocabularies = new Map<string, readonly string[]>();
  const vocabularyColumns = new Map<string, VocabularyContent['columns']>();
  for (const { name, from } of program.vocabularies) {
    if (from === undefined) continue;
    const { entries, columns } = await room.vocabularyContent(name);
    vocabularies.set(name, entries);
    vocabularyColumns.set(name, columns);
  }
  return { counts, vocabularies, vocabularyColumns };
}
