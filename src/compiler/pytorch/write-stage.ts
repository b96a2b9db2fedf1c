/** Functions of `objective.py`: what is computed ahead, what a step minimises, what an evaluation measures. */
import type { CheckedEvaluation } from '../check/checked.ts';
import { drawnColumns } from '../check/drawn-columns.ts';
import { narrowedData } from '../check/narrowed.ts';
import type { Typed } from '../check/typed.ts';
import type { Evaluation } from '../program/evaluation.ts';
import { BatchUse } from './batch-axis.ts';
import { Body } from './body.ts';
import { wholeValues, type WholeValues } from './data-values.ts';
import { aligned, ordered } from './located-code.ts';
import { maskedCounts, type MaskedCount } from './masked-counts.ts';
import { movingCalls } from './moving-statistics.ts';
import { atom, docstring, level, lineLength, listed, method, text, widthOf, within, type Code } from './python-code.ts';
import { pythonName } from './python-names.ts';
import type { StageSource } from './stage-source.ts';
import { surroundings } from './surroundings.ts';
import { writeConstants } from './write-constants.ts';
import type { LossArgument, LossFunction } from './write-losses.ts';
import { variableOf } from './variable-words.ts';
import type { WrittenFunction } from './written-function.ts';
import { frozenValues, knowing, valuesOfSamples, writeValues, type SampleValues } from './sample-values.ts';
import { weightConstants, weighted } from './weighting.ts';
import { readChunks, writeChunks } from './write-chunks.ts';
import { writeFigures, type WrittenFigure } from './write-figures.ts';
import { measuresOf, withMeasures, writeGenerations, type WrittenGeneration } from './write-generations.ts';
import { writeStarts } from './write-starts.ts';
import { writeSearch, type WrittenSearch } from './write-search.ts';

/** What one stage puts into the module. */
export interface WrittenStage {
  readonly stage: string;
  readonly constants: WrittenFunction | undefined;
  /** What a step that is held in chunks computes of each sample by itself. */
  readonly samples: WrittenFunction | undefined;
  readonly step: WrittenFunction | undefined;
  /** What is the same of each sample at every step, which the step finds in its batch. */
  readonly features: WrittenFunction | undefined;
  readonly search: WrittenSearch | undefined;
  /** What tensors start from that a sample decides. */
  readonly starts: WrittenFunction | undefined;
  readonly evaluations: readonly WrittenEvaluation[];
  readonly figures: readonly WrittenFigure[];
  /** Values over whole data sets, worked out as evaluations are. */
  readonly dataValues: readonly WrittenEvaluation[];
  /** Weights that the file names, by the variables that they are. */
  readonly weights: ReadonlyMap<string, number>;
}

/** What an evaluation computes: what is the same at every step, what it computes of each sample with the parameters as they are, and its metrics. */
export interface WrittenEvaluation {
  readonly evaluation: string;
  readonly features: WrittenFunction | undefined;
  readonly samples: WrittenFunction | undefined;
  readonly written: WrittenFunction;
  /** What `features` gives. */
  readonly ahead: SampleValues;
  readonly generations: readonly WrittenGeneration[];
}

const indent = '    ';

const aheadTitle = 'What is the same at every step, of each sample by itself.';

// ── a step ───────────────────────────────────────────────────────────

function writeStep(source: StageSource, losses: readonly LossFunction[]): Pick<WrittenStage, 'samples' | 'step' | 'features'> {
  const { training } = source.checked;
  if (losses.length === 0) return { samples: undefined, step: undefined, features: undefined };
  const name = `step_${pythonName(source.stage.name)}`;
  const use = new BatchUse();
  const parameters = distinct(losses.flatMap((loss) => loss.parameters), source);
  const roots = parameters.flatMap((each) => (each.kind === 'value' ? [each.typed] : []));
  const locals = localValues(roots, use, source);
  // of one sample at a time nothing is kept for other steps
  const ahead: SampleValues = source.stage.each === true ? new Map() : frozenValues(roots, source, drawnColumns(source.checked));
  const features = writeValues(`features_${pythonName(source.stage.name)}`, aheadTitle, ahead, surroundings(source, 'samples'));
  const around = knowing(surroundings(source, 'step'), source, ahead);
  const chunks = writeChunks(source, locals, around, ahead);
  const moving = chunks === undefined ? movingCalls(source) : [];
  const write = (body: Body): void => {
    if (chunks !== undefined) readChunks(body, chunks, source.stage.chunk?.size ?? 1);
    for (const typed of moving) if (use.isLocal(typed)) body.value(typed);
    for (const typed of locals) if (typed.op !== 'column') body.value(typed);
    gatherAll(body, locals);
    for (const typed of moving) if (!use.isLocal(typed)) body.value(typed);
    const results = losses.map((loss) => {
      const given = loss.parameters.map((each) => argumentCode(body, each).text);
      const own = body.names.fresh(loss.term.name);
      const counts = loss.counts.map((name) => ({ name, own: body.names.fresh(`${loss.term.name}_count`) }));
      const names = [own, ...counts.map((each) => each.own)].join(', ');
      body.lines.push(...listed(`${names} = losses.${loss.name}(`, given, ')', indent));
      return { own, loss, counts };
    });
    const parts = results.map(({ own, loss }) => weighted(own, loss.term, source));
    const [only] = parts;
    const objective = parts.length === 1 && only?.level === level.atom ? only.text : body.names.fresh('objective');
    if (objective !== only?.text) body.lines.push(...sumOf(objective, parts));
    const counts = results.flatMap((result) => result.counts);
    const items = [...results.map(({ own, loss }) => `${text(loss.term.name)}: ${own}`), `"objective": ${objective}`, ...counts.map((each) => `${text(each.name)}: ${each.own}`)];
    body.lines.push(...listed('return {', items, '}', indent));
  };
  const weights = [...weightConstants(losses.map(({ term }) => term), source).keys()];
  const body = Body.written(around, weights, write);
  const lines = [
    `def ${name}(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:`,
    ...docstring([`minimize ${training.objective}`], indent),
    ...body.lines,
  ];
  return { features, samples: chunks?.written, step: { name, lines, functions: body.functions, modules: body.modules } };
} // prettier-ignore

/** What losses are given, each once. */
function distinct(all: readonly LossArgument[], source: StageSource): LossArgument[] {
  const found = new Map<string, LossArgument>();
  for (const each of all) found.set(each.kind === 'value' ? `${source.keys.of(each.typed)}` : each.stream, each);
  return [...found.values()];
}

function argumentCode(body: Body, argument: LossArgument): Code {
  if (argument.kind === 'draw') return atom(`batch[${text(`random ${argument.stream}`)}]`);
  return body.tensor(ordered(body.value(argument.typed), argument.typed.type.axes).code);
}

/** What is computed on its own samples by each process, named or not. */
const cutOps: ReadonlySet<Typed['op']> = new Set<Typed['op']>(['call', 'column', 'random', 'view']);

/**
 * The named values of each sample by itself after which formulas look across the batch, in the order of the file: so far a process works on
 * its own samples.
 */
function localValues(roots: readonly Typed[], use: BatchUse, source: StageSource): Typed[] {
  const found = new Map<number, Typed>();
  const seen = new Set<number>();
  const visit = (typed: Typed): void => {
    const key = source.keys.of(typed);
    if (seen.has(key)) return;
    seen.add(key);
    const isCut = source.lets.has(key) || cutOps.has(typed.op) || source.isCall(typed);
    if (isCut && typed.type.element !== 'text' && use.isLocal(typed)) found.set(key, typed);
    // what a tensor starts from is no part of the step
    else source.readsOf(typed).forEach(visit);
  };
  roots.forEach(visit);
  const order = ([key]: readonly [number, Typed]): number => source.lets.get(key)?.order ?? Infinity;
  return [...found].sort((a, b) => order(a) - order(b)).map(([, typed]) => typed);
}

/** From here on the samples of all processes are at hand. */
function gatherAll(body: Body, locals: readonly Typed[]): void {
  if (locals.length === 0) return;
  body.lines.push('', `${indent}# the samples of all processes`);
  body.functions.add('gather');
  for (const typed of locals) {
    const value = ordered(typed.op === 'column' ? body.expression(typed) : body.value(typed), typed.type.axes);
    const isName = /^[\p{ID_Continue}]+$/u.test(value.code.text);
    const name = isName ? value.code.text : body.names.fresh(typed.label ?? variableOf(typed));
    const whole = body.assign(name, { code: atom(`gather(${value.code.text})`), axes: value.axes }, !isName);
    body.know(typed, whole);
  }
  body.lines.push('');
}

function sumOf(name: string, parts: readonly Code[]): string[] {
  const flat = `${indent}${name} = ${parts.map((each) => within(each, level.sum)).join(' + ')}`;
  if (widthOf(flat) <= lineLength) return [flat];
  const [first, ...rest] = parts.map((each) => within(each, level.sum));
  return [`${indent}${name} = (`, `${indent}    ${first}`, ...rest.map((part) => `${indent}    + ${part}`), `${indent})`]; // prettier-ignore
}

/** What masks leave, among the results of a function. */
function countItems(body: Body, counts: readonly MaskedCount[]): string[] {
  return counts.map(({ name, of, left, value: { type } }) => {
    const value = body.value(left);
    const code = body.tensor(body.expanded(value, type.axes, left, aligned(value, type.axes)));
    return `${text(name)}: ${body.assign(body.names.fresh(`${of}_count`), { code, axes: type.axes }).code.text}`;
  });
}

// ── an evaluation ────────────────────────────────────────────────────

/** `order`: axes of values over a whole set, which other functions read as they are. */
function writeEvaluation(
  stage: StageSource,
  evaluation: CheckedEvaluation,
  { spec, order }: { readonly spec?: Evaluation | undefined; readonly order?: WholeValues['order'] },
): WrittenEvaluation {
  const source = stage.under(evaluation.over);
  const counts = maskedCounts(evaluation.metrics, spec?.table ?? []);
  const roots = [...evaluation.metrics.map(({ typed }) => typed), ...counts.map(({ left }) => left)];
  // a sample that is optimised by itself is all of its set
  const all: SampleValues = source.stage.each === true ? new Map() : valuesOfSamples(roots, source);
  // in an evaluation each column has one form
  const ahead = frozenValues([...all.values()], source, new Set());
  const kept = new Set([...ahead.values()].map((typed) => source.keys.of(typed)));
  const own: SampleValues = new Map([...all].filter(([, typed]) => !kept.has(source.keys.of(typed))));
  const around = surroundings(source, 'samples', evaluation.views === 'random');
  const features = writeValues(`features_${pythonName(evaluation.name)}`, aheadTitle, ahead, around);
  const samples = writeValues(`outputs_${pythonName(evaluation.name)}`, 'What metrics read of each sample, computed of some at a time.', own, knowing(around, source, ahead)); // prettier-ignore
  const name = order === undefined ? `evaluate_${pythonName(evaluation.name)}` : pythonName(evaluation.name);
  const write = (body: Body): void => {
    const values = evaluation.metrics.map(({ name: metric, typed }) => {
      const axes = order?.get(metric);
      if (axes !== undefined) {
        const value = body.value(typed);
        return `${text(metric)}: ${body.tensor(body.expanded(value, axes, typed, aligned(value, axes))).text}`;
      }
      const made = ordered(body.expression(typed), typed.type.axes);
      const isNumber = typed.type.element === 'f32';
      const code = isNumber ? body.tensor(made.code) : method(made.code, 'float');
      const own = body.names.fresh(metric);
      const named = body.assign(own, { code, axes: typed.type.axes });
      if (isNumber) body.know(typed, named);
      return `${text(metric)}: ${own}`;
    });
    body.lines.push(...listed('return {', [...values, ...countItems(body, counts)], '}', indent));
  };
  const body = Body.written(
    withMeasures(
      knowing(surroundings(source, 'evaluation', evaluation.views === 'random'), source, ahead, own),
      measuresOf(source, evaluation),
    ),
    [],
    write,
  );
  const lines = [
    `def ${name}(model: Model, batch: Batch, constants: Constants) -> dict[str, Tensor]:`,
    ...docstring(order === undefined ? measuredWords(evaluation) : [`What other functions read of all of ${evaluation.data}.`], indent), // prettier-ignore
    ...body.lines,
  ];
  const written = { name, lines, functions: body.functions, modules: body.modules };
  const generations = writeGenerations(source, evaluation, spec);
  return { evaluation: evaluation.name, features, samples, written, ahead, generations };
}

/** What is measured, and of which set where there is more than one metric. */
function measuredWords({ data, over, metrics }: CheckedEvaluation): string[] {
  const formulas = metrics.map((metric) => `${metric.name} = ${metric.formula}`);
  const set = over === undefined ? data : narrowedData(data, over);
  return formulas.length === 1 ? formulas : [`evaluate on ${set}`, '', ...formulas];
}

// ── the module ───────────────────────────────────────────────────────

export function writeStage(source: StageSource, losses: readonly LossFunction[]): WrittenStage {
  const { features, samples, step } = writeStep(source, losses);
  const figures = writeFigures(source);
  const search = writeSearch(source);
  const starts = writeStarts(source);
  const evaluations = source.evaluations.map((evaluation, at) =>
    writeEvaluation(source, evaluation, { spec: source.stage.evaluations[at] }),
  );
  const dataValues = wholeValues(source).map(({ part, evaluation, order }) =>
    writeEvaluation(part, evaluation, { order }),
  );
  const readers = [
    ...(samples?.lines ?? []),
    ...(step?.lines ?? []),
    ...(search?.held.lines ?? []),
    ...(starts?.lines ?? []),
    ...(search?.judged.lines ?? []),
    ...(features?.lines ?? []),
    ...figures.flatMap(({ written }) => written.lines),
    ...[...evaluations, ...dataValues].flatMap((each) => [each.features, each.samples, each.written, ...each.generations.flatMap((one) => [one.memory, one.scores])].flatMap((fn) => fn?.lines ?? [])), // prettier-ignore
  ];
  const weights = weightConstants(losses.map(({ term }) => term), source); // prettier-ignore
  return {
    stage: source.stage.name,
    constants: writeConstants(source, readers),
    samples,
    step,
    features,
    figures,
    search,
    starts,
    evaluations,
    dataValues,
    weights,
  };
}
