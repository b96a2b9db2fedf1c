/** What differs in meaning between two experiments: a list of families of rules, read top to bottom in the order of the method. */
import { seenBy, type CheckedStage } from '../check/checked.ts';
import { changeClasses, type Change, type ChangeClass } from './change.ts';
import { dataChanges } from './changes/data.ts';
import { evaluationChanges } from './changes/evaluations.ts';
import { formulaChanges } from './changes/formulas.ts';
import { lossChanges } from './changes/losses.ts';
import { countOf, partChanges, trainableCount } from './changes/parts.ts';
import { studyChanges } from './changes/study.ts';
import { trainingChanges } from './changes/training.ts';
import { wordChanges } from './changes/words.ts';
import { sha256 } from './digest.ts';
import { paired, Sides, type ComparedExperiment } from './sides.ts';

export type { ComparedExperiment } from './sides.ts';

interface Family {
  readonly name: string;
  /** What the family says. */
  readonly tells: string;
  readonly find: (sides: Sides) => Change[];
}

const families: readonly Family[] = [
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
  const perStage = families.filter((family) => family.name !== 'study');
  const digests = { before: base.program.digests, after: head.program.digests };
  const found = [
    ...stageChanges(sides),
    ...stagePairs(base, head).flatMap((pair) => perStage.flatMap((family) => inStage(pair, family))),
    ...studyChanges(sides),
  ];
  const seen = new Set<string>();
  const distinct = found.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint));
  const told = distinct.some((change) => change.class !== 'cosmetic');
  if (!told && digests.before.semantic !== digests.after.semantic) {
    const [before, after] = [digests.before.semantic.slice(0, 12), digests.after.semantic.slice(0, 12)];
    distinct.push(sides.change('meaning', 'experiment', before, after, `the meaning differs (${before} → ${after})`));
  }
  const changes = changeClasses.flatMap((name) => distinct.filter((change) => change.class === name));
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

/** One stage on both sides. */
interface StagePair {
  readonly name: string;
  readonly sides: Sides;
  readonly several: boolean;
}

/** Stages of one name; where each side has one alone, those two. */
function stagePairs(base: ComparedExperiment, head: ComparedExperiment): StagePair[] {
  const [left, right] = [base.checked.stages, head.checked.stages];
  const several = left.length > 1 || right.length > 1;
  const seen = ({ checked, ...rest }: ComparedExperiment, stage: CheckedStage): ComparedExperiment => ({ ...rest, checked: seenBy(checked, stage) }); // prettier-ignore
  return right.flatMap((stage): StagePair[] => {
    const twin = several ? left.find((each) => each.name === stage.name) : left[0];
    if (twin === undefined) return [];
    return [{ name: stage.name, sides: new Sides(seen(base, twin), seen(head, stage)), several }];
  });
}

/** What a stage has of its own is told with its name; what it shares with the file is told once. */
const ofStage: ReadonlySet<string> = new Set(['losses', 'training', 'evaluations']);

function inStage({ name, sides, several }: StagePair, family: Family): Change[] {
  const changes = family.find(sides);
  if (!several || !ofStage.has(family.name)) return changes;
  return changes.map((change) => ({
    ...change,
    path: `${name}.${change.path}`,
    sentence: `stage ${name}: ${change.sentence}`,
    fingerprint: sha256(JSON.stringify([name, change.fingerprint])).slice(0, 12),
  }));
}

/** Stages that came or went, and on what they go on. */
function stageChanges(sides: Sides): Change[] {
  const [left, right] = [sides.base.checked.stages, sides.head.checked.stages];
  if (left.length === 1 && right.length === 1) return [];
  return paired(left, right, (stage) => stage.name).flatMap(({ base, head }): Change[] => {
    const path = `stage ${(base ?? head)?.name ?? ''}`;
    const places = { base: base?.span, head: head?.span };
    if (base === undefined) return [sides.change('stage-added', path, null, stageWords(head), `+ ${stageWords(head)}`, places)]; // prettier-ignore
    if (head === undefined) return [sides.change('stage-removed', path, stageWords(base), null, `− ${stageWords(base)}`, places)]; // prettier-ignore
    const [before, after] = [base.after.join(', '), head.after.join(', ')];
    const order = before === after ? [] : [sides.change('stage-order', path, before, after, `${path}: after ${before || 'none'} → after ${after || 'none'}`, places)]; // prettier-ignore
    const [had, has] = [trainedBy(sides.base, base.name), trainedBy(sides.head, head.name)];
    const list = had === has ? [] : [sides.change('part-trainable', path, had, has, `${path}: trains ${had || 'nothing'} → ${has || 'nothing'}`, places)]; // prettier-ignore
    return [...order, ...list];
  });
}

/** Parts of which a stage trains something; how much of them, `parts.ts` tells. */
function trainedBy({ program }: ComparedExperiment, name: string): string {
  const trained = new Set(program.stages.find((stage) => stage.name === name)?.trainable);
  return [...new Set(program.parameters.filter((tensor) => trained.has(tensor.name)).map((tensor) => tensor.owner))].sort().join(', '); // prettier-ignore
}

const stageWords = (stage: CheckedStage | undefined): string =>
  stage === undefined ? '' : `stage ${stage.name}${stage.after.length === 0 ? '' : ` after ${stage.after.join(', ')}`}: ${stage.training.objective === '' ? 'evaluated alone' : stage.training.objective}`; // prettier-ignore

const cachedBy = ({ program }: ComparedExperiment): string[] => [
  ...new Set(program.stages.flatMap((stage) => Object.values(stage.features?.describes ?? {}))),
];
