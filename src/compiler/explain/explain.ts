/** The resolved experiment as data: every name, axis, default, count and moment, and where each was written. */
import { orderAxes } from '../check/build.ts';
import type { CheckedEvaluation, CheckedExperiment, CheckedStage, CheckedTraining } from '../check/checked.ts';
import { partWords, settingWords, startsFromWords } from '../check/part-words.ts';
import { promptText } from '../check/prompt-words.ts';
import { printFormula } from '../check/print-formula.ts';
import { reachable, rootsOf } from '../check/reachability.ts';
import { sourceText } from '../check/source-text.ts';
import type { Typed } from '../check/typed.ts';
import { formatBytes, formatFactor } from '../common/format-number.ts';
import type { DatasetSpec } from '../program/dataset.ts';
import type { Program } from '../program/program.ts';
import type { Stage, ValueTime } from '../program/stage.ts';
import { vocabularyOriginWords } from '../program/vocabulary.ts';
import { inputWords, methodWords, originWords, samplerWords, scheduleWords, sourceWords, stepWords, weightWords } from '../program/words.ts'; // prettier-ignore
import type { ModuleGraph } from '../resolve/modules.ts';
import { positionAt } from '../source/source-file.ts';
import type { Span } from '../source/span.ts';
import type { Statement } from '../syntax/ast.ts';
import { axisWord, printSize, type Axis } from '../types/axis.ts';
import { printValueType } from '../types/value-type.ts';
import { elementCount } from '../types/dtype.ts';
import { functionsUsed, type UsedFunction } from './functions-used.ts';

/** What `explain` needs of a compilation. */
export interface ExplainedExperiment {
  readonly checked: CheckedExperiment;
  readonly program: Program;
  readonly graph: ModuleGraph;
}

export interface ExplainedAxis {
  readonly id: string;
  readonly kind: Axis['kind'];
  /** A number, or what decides it: `batch`, `size(class)`. */
  readonly size: string;
}

export interface ExplainedValue {
  readonly name: string;
  readonly kind: 'let' | 'loss' | 'metric';
  /** `[batch, joint]`, `bool [batch]`, `index(class) [batch]` */
  readonly type: string;
  readonly axes: readonly ExplainedAxis[];
  /** Whether some elements are not real and are left out by sums and means. */
  readonly masked: boolean;
  readonly formula: string;
  /** Null where no training step computes it. */
  readonly when: ValueTime['when'] | null;
  readonly ahead: boolean;
  readonly because: string;
  readonly columns: readonly string[];
  readonly parts: readonly string[];
  readonly at: string;
}

export interface ExplainedPart {
  readonly name: string;
  readonly kind: 'encoder' | 'module' | 'param';
  readonly state: 'frozen' | 'trainable' | 'mixed';
  readonly is: string;
  readonly from: string | null;
  readonly parameters: number;
  readonly trainable: number;
  /** Each line that decided the state of some of its tensors. */
  readonly decided: readonly { readonly at: string; readonly state: 'frozen' | 'trainable'; readonly tensors: number; readonly parameters: number }[]; // prettier-ignore
  readonly settings: readonly { readonly paths: readonly string[]; readonly words: string; readonly at: string }[];
  readonly at: string;
}

/** One setting with where it came from: a line, or `default`. */
export interface ExplainedSetting {
  readonly name: string;
  readonly value: string;
  readonly origin: string;
}

/** What one stage trains, how, and what it measures. */
export interface ExplainedStage {
  readonly name: string;
  readonly after: readonly string[];
  /** Parts of which something trains in it. */
  readonly trains: readonly string[];
  /** Null where it minimises nothing. */
  readonly training: Explanation['training'] | null;
  readonly evaluations: Explanation['evaluations'];
  readonly at: string;
}

export interface Explanation {
  readonly schema: 'clipx.explain/1';
  /** The file it stands in; other places name their own. */
  readonly file: string;
  readonly name: string;
  readonly title: string;
  readonly row: string;
  readonly digests: Program['digests'];
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly at: string }[];
  readonly data: readonly { readonly name: string; readonly from: string; readonly columns: Readonly<Record<string, string>>; readonly steps: readonly string[]; readonly mark: string | null; readonly onBad: string; readonly at: string }[]; // prettier-ignore
  readonly axes: readonly (ExplainedAxis & { readonly at: string })[];
  readonly vocabularies: readonly { readonly name: string; readonly from: string | null; readonly entries: readonly string[]; readonly groups: Readonly<Record<string, readonly number[]>>; readonly at: string }[]; // prettier-ignore
  readonly prompts: readonly { readonly name: string; readonly axes: readonly ExplainedAxis[]; readonly templates: readonly string[]; readonly texts: readonly string[]; readonly at: string }[]; // prettier-ignore
  readonly parts: readonly ExplainedPart[];
  readonly values: readonly ExplainedValue[];
  readonly functions: readonly UsedFunction[];
  /** In the order in which they run; `training` and `evaluations` beside are those of the last one. */
  readonly stages: readonly ExplainedStage[];
  readonly training: {
    readonly objective: string;
    readonly terms: readonly { readonly name: string; readonly weight: string; readonly weightName: string | null; readonly formula: string; readonly at: string }[]; // prettier-ignore
    readonly settings: readonly ExplainedSetting[];
    readonly at: string;
  };
  readonly evaluations: readonly { readonly name: string; readonly data: string; readonly settings: readonly ExplainedSetting[]; readonly metrics: readonly (ExplainedValue & { readonly unit: string | null })[]; readonly at: string }[]; // prettier-ignore
  readonly seeds: readonly number[];
  readonly rows: readonly { readonly label: string; readonly ablation: string; readonly at: string }[];
  readonly expectations: readonly { readonly text: string; readonly at: string }[];
}

/** Explains a compiled experiment. Deterministic: two compilations of one file give the same JSON. */
export function explanationOf({ checked, program, graph }: ExplainedExperiment): Explanation {
  const place = new Places(graph);
  return {
    schema: 'clipx.explain/1',
    file: graph.root?.path ?? '',
    name: checked.name,
    title: checked.title,
    row: checked.row,
    digests: program.digests,
    // what a tokenizer of the file makes of a text is no input
    inputs: checked.columns
      .filter((column) => !('cut' in column))
      .map((column) => ({
        name: column.name,
        type: inputWords(column),
        at: place.declared(column.name, 'value'),
      })),
    data: checked.data.map((spec) => explainedData(spec, place)),
    axes: (graph.root?.declarations.all ?? []).flatMap((declaration) => {
      if (declaration.kind !== 'axis') return [];
      const axis = axisCalled(checked, declaration.name.text);
      return axis === undefined ? [] : [{ ...axisOf(axis), at: place.at(declaration.statement.span) }];
    }),
    vocabularies: checked.vocabularies
      .filter(({ from }) => from?.kind !== 'pieces')
      .map(({ name, entries, groups, from, shares, columns }) => ({
        name,
        from: from === undefined ? null : vocabularyOriginWords(from),
        entries,
        groups,
        ...(shares === undefined ? {} : { shares }),
        ...(columns === undefined ? {} : { columns }),
        at: place.declared(name, 'axis'),
      })),
    prompts: checked.prompts.map((prompt) => ({
      name: prompt.name,
      axes: promptAxes(prompt).map(axisOf),
      templates: prompt.templates.map((parts) => promptText(prompt, parts)), // prettier-ignore
      texts: program.texts.find((table) => table.id.startsWith(`${prompt.name}@`))?.texts ?? [],
      at: place.at(prompt.span),
    })),
    parts: explainedParts(checked, program, graph, place),
    values: explainedValues(checked, program, place),
    functions: functionsUsed(graph),
    stages: checked.stages.map((stage) => explainedStage(stage, program, graph, place)),
    training: explainedTraining(checked.training, graph, place),
    evaluations: checked.evaluations.map((evaluation) => explainedEvaluation(evaluation, program, graph, place)),
    seeds: checked.seeds,
    rows: checked.rows.map(({ label, ablation, span }) => ({ label, ablation, at: place.at(span) })),
    expectations: checked.expectations.map(({ text, span }) => ({ text, at: place.at(span) })),
  };
}

/** How the reason begins why a value is no part of a training step, but of an evaluation. */
export const onlyMeasured = 'evaluations alone read it';

/** The same of what only tells where tensors start. */
export const onlyStarts = 'read where';

/** Values of all stages: what a stage declares anew stands beside what it replaces. */
function explainedValues(checked: CheckedExperiment, program: Program, place: Places): ExplainedValue[] {
  const found = new Map<string, ExplainedValue>();
  const metrics = checked.stages.flatMap(({ evaluations }) => evaluations.flatMap((each) => each.metrics.map((metric) => metric.typed))); // prettier-ignore
  // a tensor starts from its start; it does not read it
  const measured = reachable(metrics, ({ op }) => op !== 'parameter');
  const starts = startedFrom(checked);
  for (const stage of checked.stages) {
    for (const { name, typed, statement } of stage.values) {
      const at = place.at(statement?.span ?? typed.span);
      const key = `${name} ${at}`;
      const known = found.get(key);
      if (known !== undefined && known.when !== null) continue;
      const kind = statement?.kind === 'loss' ? 'loss' : 'let';
      const formula = statement === undefined ? '' : printFormula(statement.value);
      const made = program.stages.find((each) => each.name === stage.name);
      found.set(key, explainedValue({ name, kind, formula, typed, at }, made, measured, starts));
    }
  }
  return [...found.values()];
}

function explainedStage(stage: CheckedStage, program: Program, graph: ModuleGraph, place: Places): ExplainedStage {
  const { name, after, training, evaluations, span } = stage;
  const made = program.stages.find((each) => each.name === name);
  const owners = new Map(program.parameters.map((tensor) => [tensor.name, tensor.owner]));
  return {
    name,
    after,
    trains: [...new Set((made?.trainable ?? []).map((tensor) => owners.get(tensor) ?? tensor))],
    training: training.objective === '' ? null : explainedTraining(training, graph, place),
    evaluations: evaluations.map((evaluation) => explainedEvaluation(evaluation, program, graph, place)),
    at: place.at(span),
  };
}

function explainedEvaluation(
  evaluation: CheckedEvaluation,
  program: Program,
  graph: ModuleGraph,
  place: Places,
): Explanation['evaluations'][number] {
  const { best, every } = evaluation;
  return {
    name: evaluation.name,
    data: evaluation.data,
    settings: [
      place.setting('batch', String(evaluation.batch), fieldOf(graph, evaluation.span, 'batch')),
      place.setting('every', every === undefined ? 'at the end' : `${every.value} ${every.unit}s`, fieldOf(graph, evaluation.span, 'every')), // prettier-ignore
      ...(best === undefined ? [] : [place.setting('best', `${best.direction} ${best.metric}`, fieldOf(graph, evaluation.span, 'best'))]), // prettier-ignore
    ],
    metrics: evaluation.metrics.map((metric) => ({
      ...explainedValue({ name: metric.name, kind: 'metric', formula: sourceText(graph, metric.span), typed: metric.typed, at: place.at(metric.span) }, program.stages[0]), // prettier-ignore
      unit: metric.unit ?? null,
    })),
    at: place.at(evaluation.span),
  };
}

/** Places as `path:line`. */
class Places {
  readonly #graph: ModuleGraph;

  constructor(graph: ModuleGraph) {
    this.#graph = graph;
  }

  at(span: Span): string {
    const text = this.#graph.sources.get(span.file)?.text;
    return text === undefined ? span.file : `${span.file}:${positionAt(text, span.start).line}`;
  }

  declared(name: string, space: 'value' | 'axis' | 'data'): string {
    const statement = this.#graph.root?.declarations.find(name, space)?.statement;
    return statement === undefined ? 'imported' : this.at(statement.span);
  }

  setting(name: string, value: string, given: Span | undefined): ExplainedSetting {
    return { name, value, origin: given === undefined ? 'default' : this.at(given) };
  }
}

const axisOf = (axis: Axis): ExplainedAxis => ({ id: axisWord(axis), kind: axis.kind, size: printSize(axis.size) });

function axisCalled(checked: CheckedExperiment, name: string): Axis | undefined {
  for (const { typed } of checked.values) {
    const found = [...reachable([typed])].flatMap((node) => node.type.axes).find((axis) => axis.id === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function explainedData(spec: DatasetSpec, place: Places): Explanation['data'][number] {
  return {
    name: spec.name,
    from: originWords(spec.source),
    columns: Object.fromEntries(Object.entries(spec.columns).map(([name, source]) => [name, sourceWords(source)])),
    steps: spec.steps.map((step) => stepWords(step)),
    mark: spec.mark ?? null,
    onBad: spec.onBad,
    at: place.declared(spec.name, 'data'),
  };
}

// ── values ───────────────────────────────────────────────────────────

function explainedValue(
  { name, kind, formula, typed, at }: Pick<ExplainedValue, 'name' | 'kind' | 'formula' | 'at'> & { readonly typed: Typed }, // prettier-ignore
  stage: Stage | undefined,
  measured: ReadonlySet<Typed> = new Set(),
  starts: ReadonlyMap<Typed, string> = new Map(),
): ExplainedValue {
  const read = typed.op === 'column' ? ({ when: 'sample', ahead: false, because: 'it is read of the sample as it is' } as const) : undefined; // prettier-ignore
  const time = kind === 'metric' ? undefined : (stage?.values.find((value) => value.name === name) ?? read);
  const nodes = [...reachable([typed])];
  const columns = [...new Set(nodes.flatMap((node) => (node.op === 'column' ? [node.attributes.column] : [])))];
  return {
    name,
    kind,
    type: printValueType(typed.type),
    axes: typed.type.axes.map(axisOf),
    masked: typed.mask !== undefined,
    formula,
    when: time?.when ?? null,
    ahead: time?.ahead ?? false,
    because: time?.because ?? (kind === 'metric' ? 'it is measured, not trained' : measured.has(typed) ? whyMeasured(columns) : starts.has(typed) ? `${onlyStarts} \`${starts.get(typed)}\` starts${columns.length === 0 ? '' : ', for each sample'}` : 'no training step reads it'), // prettier-ignore
    columns,
    parts: [...new Set(nodes.flatMap((node) => (node.op === 'call' || node.op === 'parameter' ? [node.attributes.owner] : [])))], // prettier-ignore
    at,
  };
}

/** Axes of the texts and of the vectors that are spliced into them. */
function promptAxes({ axes, vectors }: CheckedExperiment['prompts'][number]): readonly Axis[] {
  const items = vectors.flatMap((each) => each.items);
  const further = items.filter((axis, at) => [...axes, ...items.slice(0, at)].every((each) => each.id !== axis.id));
  return orderAxes([...axes, ...further]);
}

/** What tensors start from, with the name of the first that does. */
function startedFrom({ stages }: CheckedExperiment): ReadonlyMap<Typed, string> {
  const found = new Map<Typed, string>();
  for (const typed of reachable(stages.flatMap(rootsOf))) {
    if (typed.op !== 'parameter') continue;
    const { owner, path } = typed.attributes;
    for (const below of reachable(typed.args))
      if (!found.has(below)) found.set(below, path === '' ? owner : `${owner}.${path}`);
  }
  return found;
}

/** In an evaluation every parameter is constant: a value is known once, or once a sample. */
const whyMeasured = (columns: readonly string[]): string =>
  columns.length === 0 ? `${onlyMeasured}, once: no sample is in it` : `${onlyMeasured}, for each sample`;

// ── parts ────────────────────────────────────────────────────────────

function explainedParts(
  checked: CheckedExperiment,
  program: Program,
  graph: ModuleGraph,
  place: Places,
): ExplainedPart[] {
  const starts = new Map<string, string>();
  for (const statement of graph.root?.file.statements ?? [])
    if (statement.kind === 'param') starts.set(statement.name.text, printFormula(statement.init.value));
  const trained = new Set(program.stages.flatMap((stage) => stage.trainable));
  const all = [
    ...checked.instances.map((each) => ({ ...each, is: partWords(each.shape), from: startsFromWords(each) })),
    ...checked.parameters.map((each) => ({
      ...each,
      kind: 'param' as const,
      is: 'param',
      from: starts.get(each.name) ?? null,
    })),
  ];
  return all.map((part) => {
    const tensors = program.parameters.filter((tensor) => tensor.owner === part.name);
    const states = new Set(tensors.filter((tensor) => tensor.role === 'weight').map((tensor) => tensor.state));
    const lines = new Map<string, typeof tensors>();
    for (const tensor of tensors) {
      const key = `${tensor.state} ${tensor.decidedAt}`;
      lines.set(key, [...(lines.get(key) ?? []), tensor]);
    }
    return {
      name: part.name,
      kind: part.kind,
      state: states.size > 1 ? 'mixed' : ([...states][0] ?? part.flag),
      is: part.kind === 'param' ? `param [${tensors[0]?.shape.join(', ') ?? ''}]` : part.is,
      from: part.from,
      parameters: numbersIn(tensors),
      trainable: numbersIn(tensors.filter((tensor) => trained.has(tensor.name))),
      decided: [...lines.values()].map((group) => ({
        at: group[0]?.decidedAt ?? '',
        state: group[0]?.state ?? part.flag,
        tensors: group.length,
        parameters: numbersIn(group),
      })),
      settings: part.overrides
        .filter((override) => settingWords(override) !== '')
        .map((override) => ({ paths: override.paths, words: settingWords(override), at: place.at(override.span) })),
      at: place.at(part.span),
    };
  });
}

const numbersIn = (tensors: Program['parameters']): number =>
  tensors.reduce((sum, tensor) => sum + elementCount(tensor.shape), 0);

// ── training ─────────────────────────────────────────────────────────

function explainedTraining(training: CheckedTraining, graph: ModuleGraph, place: Places): Explanation['training'] {
  const field = (name: string) => fieldOf(graph, training.span, name);
  const length = training.epochs === undefined ? ['steps', String(training.steps ?? 0)] : ['epochs', String(training.epochs)]; // prettier-ignore
  const optimiser = optimiserOptions(graph, training.span);
  return {
    objective: training.objective,
    terms: training.terms.map(({ name, weight, formula, span }) => ({
      name,
      weight: weightWords(weight),
      weightName: weight.name ?? null,
      formula,
      at: place.at(span),
    })),
    settings: [
      place.setting('data', `${training.each === true ? 'each ' : ''}${training.data ?? 'none'}`, training.span),
      place.setting(length[0] ?? '', length[1] ?? '', field(length[0] ?? '')),
      place.setting('batch', training.wholeBatch === true ? 'all' : String(training.batch), field('batch')),
      place.setting('optimizer', methodWords(training.optimiser.method), field('optimizer')),
      place.setting('optimizer.lr', formatFactor(training.optimiser.learningRate), optimiser.get('lr')),
      place.setting('optimizer.decay', formatFactor(training.optimiser.decay), optimiser.get('decay')),
      ...training.partOptimisers.map((part) => place.setting(`optimizer(${part.paths.join(', ')})`, `${methodWords(part.optimiser.method)}, lr ${formatFactor(part.optimiser.learningRate)}, decay ${formatFactor(part.optimiser.decay)}`, field('optimizer'))), // prettier-ignore
      place.setting('schedule', scheduleWords(training.schedule), field('schedule')),
      place.setting('clip_gradient', training.clipGradient === undefined ? 'off' : formatFactor(training.clipGradient), field('clip_gradient')), // prettier-ignore
      ...furtherSettings(training).map(([name, value]) => place.setting(name, value, field(name))),
    ],
    at: place.at(training.span),
  };
}

/** What the file sets besides; what it does not set has no line. */
function furtherSettings(training: CheckedTraining): (readonly [string, string])[] {
  const { accumulate, average, sampler, checkpoint, stop, noDecay, decayOn, memory, chunk, restarts, search } =
    training;
  const time = ({ value, unit }: { readonly value: number; readonly unit: string }): string => `${value} ${unit}${value === 1 ? '' : 's'}`; // prettier-ignore
  const settings: readonly (readonly [string, string | undefined])[] = [
    ['accumulate', accumulate === undefined ? undefined : `${accumulate} batches`],
    ['ema', average === undefined ? undefined : formatFactor(average)],
    ['sampler', sampler === undefined ? undefined : samplerWords(sampler)],
    ['checkpoint', checkpoint === undefined ? undefined : time(checkpoint)],
    ['stop', stop === undefined ? undefined : `patience(${stop.direction}(${stop.metric} on ${stop.evaluation}), ${time(stop.patience)})`],
    ['no_decay', noDecay?.join(', ')],
    ['decay_on', decayOn],
    ['memory', memory === undefined ? undefined : formatBytes(memory)],
    ['chunk', chunk === undefined ? undefined : String(chunk)],
    ['restarts', restarts === undefined ? undefined : `${restarts} keep best`],
    ['search', search === undefined ? undefined : `${search.method.kind} over ${search.method.values.length} values`],
  ]; // prettier-ignore
  return settings.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** Spans of the options that the file gives its optimiser. */
function optimiserOptions(graph: ModuleGraph, span: Span): ReadonlyMap<string, Span> {
  const train = statementAt(graph, span);
  const fields = train?.kind === 'train' ? train.fields.fields : [];
  const field = fields.find(({ key }) => key.kind === 'dotted-key' && key.parts[0]?.text === 'optimizer');
  const given = field?.value.kind === 'call' ? field.value.args : [];
  return new Map(given.flatMap((argument) => (argument.label === undefined ? [] : [[argument.label.text, argument.span]]))); // prettier-ignore
}

/** The field of that name in the statement at a place, where the file gives it. */
function fieldOf(graph: ModuleGraph, statement: Span, name: string): Span | undefined {
  const found = statementAt(graph, statement);
  const fields = found?.kind === 'train' ? found.fields.fields : found?.kind === 'evaluate' ? found.items.filter((item) => item.kind === 'field') : []; // prettier-ignore
  return fields.find(({ key }) => key.kind === 'dotted-key' && key.parts.map((part) => part.text).join('.') === name)?.span; // prettier-ignore
}

/** The statement that begins there, in the file, its base or a stage. */
function statementAt({ root }: ModuleGraph, span: Span): Statement | undefined {
  const statements = root?.file.statements ?? [];
  const all = [...statements, ...statements.flatMap((each) => (each.kind === 'stage' ? each.statements : []))];
  return all.find((each) => each.span.file === span.file && each.span.start === span.start && each.kind !== 'stage');
}
