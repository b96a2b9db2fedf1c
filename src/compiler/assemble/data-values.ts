/** `e on d`: values over whole data sets, worked out as an evaluation works out its metrics and read as constants. */
import type { CheckedEvaluation, CheckedExperiment, Narrowing } from '../check/checked.ts';
import { dataValuesOf, trainingRoots } from '../check/reachability.ts';
import type { Typed } from '../check/typed.ts';
import { usedNames } from '../compare/digest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import { dataValueIds } from '../elaborate/data-value-ids.ts';
import type { InputSource, OutputSource } from '../program/program-function.ts';
import type { DataValues } from '../program/stage.ts';
import { narrowingWords } from '../program/vocabulary.ts';
import type { Axis } from '../types/axis.ts';
import { assembleEvaluation } from './evaluation.ts';
import { narrowed, narrowings, sameNarrowing, sampleCounts, setOf } from '../check/narrowed.ts';
import type { StageParameters } from './parameter-table.ts';
import type { TextTables } from './text-tables.ts';

type Whole = Extract<Typed, { op: 'on_data' }>;

interface Environment {
  readonly stage: string;
  readonly vocabularies: ReadonlyMap<string, number>;
  readonly counted: (data: string) => number;
  readonly table: StageParameters;
  readonly texts: TextTables;
  readonly report: Reporter;
}

/**
 * The values of a stage by set, those first that others read. Those that the stage's own training changes are computed anew for each
 * evaluation; a step that read them would have to go over the whole set, which is told (CX4007).
 */
export function assembleDataValues(checked: CheckedExperiment, environment: Environment): DataValues[] {
  return narrowings(checked).flatMap((over) => valuesUnder(checked, over, environment));
}

function valuesUnder(checked: CheckedExperiment, over: Narrowing | undefined, environment: Environment): DataValues[] {
  const { table, texts, stage, counted, report } = environment;
  const readers = rootsUnder(checked, over);
  const all = dataValuesOf(readers);
  const inTraining = new Set(sameNarrowing(checked.training.over, over) ? dataValuesOf(trainingRoots(checked)) : []);
  const seen = narrowed(checked, over);
  const samples = sampleCounts(checked, over, counted);
  const changing = new Set<Typed>();
  const made: DataValues[] = [];
  for (const [, group] of grouped(checked, all)) {
    const [first] = group;
    if (first === undefined) continue;
    const ids = dataValueIds(seen);
    const set = setOf(checked, first.attributes.data, over);
    const evaluation: CheckedEvaluation = {
      name: `values on ${set}${made.length === 0 ? '' : ` ${made.length}`}${over === undefined ? '' : ` over ${narrowingWords(over)}`}`,
      data: set,
      metrics: group.map((whole) => ({ name: ids.get(whole) ?? '', formula: '', typed: argumentOf(whole), span: whole.span })),
      batch: checked.training.batch,
      span: first.span,
    }; // prettier-ignore
    const order = new Map(group.map((whole) => [ids.get(whole) ?? '', axesBefore(whole)]));
    const vocabularies = new Map([...environment.vocabularies, ...sizesOf(seen)]);
    const { table: _table, ...computed } = assembleEvaluation(seen, evaluation, { vocabularies, samples, count: counted(set), table, texts, stage, order }); // prettier-ignore
    const trained = trainedParameters(computed, table);
    const nested = group.some((whole) => dataValuesOf(whole.args).some((inner) => changing.has(inner)));
    const changes = trained.length > 0 || nested;
    if (changes) for (const whole of group) changing.add(whole);
    for (const whole of changes ? group.filter((each) => inTraining.has(each)) : []) reportChanging(whole, trained, stage, report);
    const outputs = Object.fromEntries(Object.entries(computed.metrics.outputs).map(([name, source]): [string, OutputSource] => [name, source.kind === 'metric' ? { kind: 'constant', id: source.name } : source]));
    made.push({ ...computed, metrics: { ...computed.metrics, outputs }, ...(changes ? { changes: true as const } : {}) });
  } // prettier-ignore
  return made;
}

/** What the functions over this part of a vocabulary read. */
function rootsUnder(checked: CheckedExperiment, over: Narrowing | undefined): readonly Typed[] {
  const evaluations = checked.evaluations.filter((each) => sameNarrowing(each.over, over));
  const training = sameNarrowing(checked.training.over, over) ? trainingRoots(checked) : [];
  return [...training, ...evaluations.flatMap((each) => each.metrics.map((metric) => metric.typed))];
}

/**
 * By set, and by how deep values of other sets stand within: what is read first comes first. What may read a part that trains is by itself,
 * since only its own tensors tell.
 */
function grouped(checked: CheckedExperiment, all: readonly Whole[]): [string, Whole[]][] {
  const groups = new Map<string, { depth: number; members: Whole[] }>();
  const trains = new Set([...checked.instances, ...checked.parameters].flatMap(({ name, flag, overrides }) => (flag === 'trainable' || overrides.some((override) => override.flag === 'trainable') ? [name] : []))); // prettier-ignore
  for (const [at, whole] of all.entries()) {
    const depth = depthOf(whole);
    const alone = [...usedNames([whole]).owners].some((owner) => trains.has(owner));
    const key = `${depth} ${whole.attributes.data}${alone ? ` ${at}` : ''}`;
    const group = groups.get(key) ?? { depth, members: [] };
    groups.set(key, group);
    group.members.push(whole);
  }
  return [...groups].sort(([, a], [, b]) => a.depth - b.depth).map(([key, { members }]) => [key, members]);
}

const depthOf = (whole: Whole): number =>
  1 + Math.max(-1, ...dataValuesOf(whole.args).filter((inner) => inner !== whole).map(depthOf)); // prettier-ignore

function argumentOf(whole: Whole): Typed {
  const [argument] = whole.args;
  if (argument === undefined) throw new Error('a value over nothing');
  return argument;
}

/** The axes of the argument in the order of the value's own. */
function axesBefore(whole: Whole): readonly Axis[] {
  const own = argumentOf(whole).type.axes;
  const { data } = whole.attributes;
  return whole.type.axes.flatMap((axis) => own.filter((each) => (each.id === 'batch' ? axis.id === `on ${data}` : each.id === axis.id))); // prettier-ignore
}

function trainedParameters(
  { constants, samples, metrics }: Pick<DataValues, 'constants' | 'samples' | 'metrics'>,
  table: StageParameters,
): string[] {
  const sources: InputSource[] = [constants, samples, metrics].flatMap((fn) => Object.values(fn?.inputs ?? {}));
  const names = new Set(sources.flatMap((source) => (source.kind === 'parameter' ? [source.name] : [])));
  return [...names].filter((name) => table.state(name).flag === 'trainable');
}

function reportChanging(whole: Whole, trained: readonly string[], stage: string, report: Reporter): void {
  const { data } = whole.attributes;
  const what = trained.length === 0 ? 'what the stage trains' : `\`${trained[0] ?? ''}\`${trained.length === 1 ? '' : ` and ${trained.length - 1} more`}`; // prettier-ignore
  report.error('CX4007', whole.span, `a step of the stage \`${stage}\` reads a value over all of \`${data}\` that depends on ${what}, which it trains`, {
    help: `what is taken over a whole set is computed once before the first step: freeze what it reads, or read it in an evaluation alone`,
  }); // prettier-ignore
}

function sizesOf({ vocabularies }: CheckedExperiment): [string, number][] {
  return vocabularies.flatMap(({ name, entries }) => (entries.length === 0 ? [] : [[name, entries.length] as [string, number]])); // prettier-ignore
}
