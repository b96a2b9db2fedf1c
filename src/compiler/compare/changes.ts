/** What differs in meaning between two experiments: a list of families of rules, read top to bottom in the order of the method. */
import { changeClasses, type Change, type ChangeClass } from './change.ts';
import { dataChanges } from './changes/data.ts';
import { evaluationChanges } from './changes/evaluations.ts';
import { formulaChanges } from './changes/formulas.ts';
import { lossChanges } from './changes/losses.ts';
import { countOf, partChanges, trainableCount } from './changes/parts.ts';
import { studyChanges } from './changes/study.ts';
import { trainingChanges } from './changes/training.ts';
import { wordChanges } from './changes/words.ts';
import { Sides, type ComparedExperiment } from './sides.ts';

export type { ComparedExperiment } from './sides.ts';

interface Family {
  readonly name: string;
  /** What the family says. */
  readonly tells: string;
  readonly find: (sides: Sides) => Change[];
}

export const families: readonly Family[] = [
  { name: 'losses', tells: 'terms of the objective and their weights, with what share of all weights they are', find: lossChanges },
  { name: 'formulas', tells: 'structure of losses and metrics, at the innermost statement that was edited', find: formulaChanges },
  { name: 'parts', tells: 'what is frozen and what trains with counts, sizes, settings, starting weights', find: partChanges },
  { name: 'words', tells: 'inputs, prompts with a rendered text, vocabularies', find: wordChanges },
  { name: 'data', tells: 'sources, columns, filters, marks', find: dataChanges },
  { name: 'training', tells: 'optimiser, rate, schedule, batch, length, clipping', find: trainingChanges },
  { name: 'evaluations', tells: 'metrics and what they are measured on', find: evaluationChanges },
  { name: 'study', tells: 'seeds, rows, claims, title', find: studyChanges },
]; // prettier-ignore

export interface BeforeAfter<Value> {
  readonly before: Value;
  readonly after: Value;
}

export interface Comparison {
  /** Nothing differs, not even a name: the texts differ in formatting, comments and order at most. */
  readonly identical: boolean;
  /** Numbers measured by both may stand in one table. */
  readonly comparable: boolean;
  /** The files that were compared: places in other files are in what they use. */
  readonly files: BeforeAfter<string>;
  readonly digests: BeforeAfter<{ readonly semantic: string; readonly protocol: string }>;
  readonly trainable: BeforeAfter<number>;
  readonly parameters: BeforeAfter<number>;
  /** Values computed once a sample and kept, in the user's words. */
  readonly cached: BeforeAfter<readonly string[]>;
  readonly counts: Readonly<Record<ChangeClass, number>>;
  /** Gravest first, then in the order of the method. */
  readonly changes: readonly Change[];
}

/** Compares two experiments as checked programs; their texts do not matter. */
export function compareExperiments(base: ComparedExperiment, head: ComparedExperiment): Comparison {
  const sides = new Sides(base, head);
  const digests = { before: base.program.digests, after: head.program.digests };
  const found = families.flatMap((family) => family.find(sides));
  const told = found.some((change) => change.class !== 'cosmetic');
  if (!told && digests.before.semantic !== digests.after.semantic) {
    const [before, after] = [digests.before.semantic.slice(0, 12), digests.after.semantic.slice(0, 12)];
    found.push(sides.change('meaning', 'experiment', before, after, `the meaning differs (${before} → ${after})`));
  }
  const changes = changeClasses.flatMap((name) => found.filter((change) => change.class === name));
  const count = (name: ChangeClass): number => changes.filter((change) => change.class === name).length;
  return {
    identical: changes.length === 0,
    comparable: digests.before.protocol === digests.after.protocol,
    files: { before: base.graph.root?.path ?? '', after: head.graph.root?.path ?? '' },
    digests,
    trainable: { before: trainableCount(base.program), after: trainableCount(head.program) },
    parameters: { before: countOf(base.program, () => true), after: countOf(head.program, () => true) },
    cached: { before: cachedBy(base), after: cachedBy(head) },
    counts: {
      protocol: count('protocol'),
      training: count('training'),
      runtime: count('runtime'),
      cosmetic: count('cosmetic'),
    },
    changes,
  };
}

const cachedBy = ({ program }: ComparedExperiment): string[] => [
  ...new Set(program.stages.flatMap((stage) => Object.values(stage.features?.describes ?? {}))),
];
