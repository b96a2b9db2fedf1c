import { seenBy, type CheckedEvaluation, type CheckedExperiment, type CheckedModel } from '../check/checked.ts';
import { readColumn } from '../check/data-columns.ts';
import { checkEntries } from '../check/entries.ts';
import { checkWords } from '../check/words.ts';
import { rootsOf } from '../check/reachability.ts';
import type { Instance } from '../check/typed.ts';
import { formatBytes } from '../common/format-number.ts';
import { protocolDigest, semanticDigest, stageDigests, usedNames } from '../compare/digest.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import { graphCost } from '../plan/cost.ts';
import type { Column } from '../program/column.ts';
import type { Evaluation } from '../program/evaluation.ts';
import type { Program } from '../program/program.ts';
import type { Stage } from '../program/stage.ts';
import type { TokenizerSpec } from '../program/tokenizer.ts';
import { stepFunctions } from '../program/functions.ts';
import type { ModuleGraph } from '../resolve/modules.ts';
import { assembleDataValues } from './data-values.ts';
import { assembleEvaluation } from './evaluation.ts';
import { nominalCount, nominalEntries, type DataFacts } from './facts.ts';
import { assembleFigures, figureSpecs } from './figures.ts';
import { narrowed, narrowedData, narrowedSets, sampleCounts } from '../check/narrowed.ts';
import { ParameterTable, type StageParameters } from './parameter-table.ts';
import { assembleStage } from './stage.ts';
import type { TextTables } from './text-tables.ts';

/** The Program of one checked experiment: each stage elaborated, bound, differentiated and optimised. */
export function assemble(
  checked: CheckedExperiment,
  facts: DataFacts,
  graph: ModuleGraph,
  report: Reporter,
): Program | undefined {
  const bound = withFacts(checked, facts);
  for (const stage of bound.stages) checkWords(rootsOf(stage), stage.vocabularies, report);
  const table = new ParameterTable(graph);
  const texts: TextTables = new Map();
  const digests = stageDigests(checked);
  const stages = bound.stages.flatMap((stage): Stage[] => {
    const seen = onOwnSets(seenBy(bound, stage));
    const made = stageOf(stage.name, seen, facts, table.stage(seen), texts, report);
    if (made === undefined) return [];
    const digest = digests.get(stage.name);
    // a stage alone has nobody to hand its parameters to
    return [{ ...made, ...(stage.after.length === 0 ? {} : { after: stage.after }), ...(digest === undefined ? {} : { digest }) }]; // prettier-ignore
  });
  if (stages.length < bound.stages.length) return undefined;
  table.reportUnmatched(report);
  const pictured = bound.figures.flatMap(({ values }) => values.flatMap(({ typed }) => typed ?? []));
  const used = usedNames([...bound.stages.flatMap(rootsOf), ...pictured]);
  const models = bound.stages;
  return {
    schema: 'clipx.program/1',
    edition: 1,
    name: bound.name,
    title: bound.title,
    row: bound.row,
    digests: { semantic: semanticDigest(checked), protocol: protocolDigest(checked) },
    parameters: table.tensors(),
    encoders: distinct(models.flatMap((model) => model.instances)).flatMap(({ name, shape }) =>
      shape.kind === 'encoder' ? [{ name, config: shape.config }] : [],
    ),
    // a column that no graph reads may still be filtered by
    columns: distinct(models.flatMap((model) => model.columns)).filter(
      (column) => used.columns.has(readColumn(column.name)) || bound.data.some((spec) => column.name in spec.columns),
    ),
    vocabularies: distinct(models.flatMap((model) => model.vocabularies)),
    tokenizers: [
      ...tokenizers(distinct(models.flatMap((model) => model.instances))),
      ...ownTokenizers(models.flatMap((model) => model.columns)),
    ],
    texts: [...texts.values()],
    data: [...distinct(models.flatMap((model) => model.data)), ...distinct(narrowedSets(bound))],
    stages,
    figures: figureSpecs(bound),
    ...(bound.combined.length === 0 ? {} : { combined: bound.combined }),
    seeds: bound.seeds,
  };
}

/** Functions over a part of a vocabulary read the part of their data that has words of it. */
function onOwnSets(checked: CheckedExperiment): CheckedExperiment {
  const { training, evaluations } = checked;
  const data = training.data === undefined || training.over === undefined ? training.data : narrowedData(training.data, training.over); // prettier-ignore
  return {
    ...checked,
    training: { ...training, data },
    evaluations: evaluations.map((each) => (each.over === undefined ? each : { ...each, data: narrowedData(each.data, each.over) })), // prettier-ignore
  };
}

/** The first of each name: what stages share is told once. */
function distinct<Item extends { readonly name: string }>(items: readonly Item[]): Item[] {
  const found = new Map<string, Item>();
  for (const item of items) if (!found.has(item.name)) found.set(item.name, item);
  return [...found.values()];
}

/** One stage with its evaluations; nothing where an evaluation reads entries that its data do not have. */
function stageOf(
  name: string,
  checked: CheckedExperiment,
  facts: DataFacts,
  table: StageParameters,
  texts: TextTables,
  report: Reporter,
): Stage | undefined {
  const counted = (data: string): number => facts.counts.get(data) ?? nominalCount;
  const search = searchEvaluation(checked);
  const evaluations = [...checked.evaluations, ...(search === undefined ? [] : [search])];
  const whole = evaluations.map((evaluation) => {
    const vocabularies = sizesOf(narrowed(checked, evaluation.over));
    const sizes = {
      batch: ofEach(evaluation, counted),
      vocabularies,
      samples: sampleCounts(checked, evaluation.over, counted),
    };
    const roots = evaluation.metrics.map((metric) => metric.typed);
    return checkEntries(roots, sizes, `\`${evaluation.data}\``, report);
  });
  if (whole.includes(false)) return undefined;
  const trained = narrowed(checked, checked.training.over);
  const { over } = checked.training;
  const sizes = { vocabularies: sizesOf(trained), samples: sampleCounts(checked, over, counted) };
  // the batch that the data decided, or that was asked about
  const { batch, terms } = checked.training;
  const roots = terms.map((term) => term.typed);
  if (!checkEntries(roots, { ...sizes, batch }, 'a batch', report)) return undefined;
  const stage = assembleStage(name, trained, sizes, table, texts, report);
  const dataValues = assembleDataValues(checked, {
    stage: name,
    vocabularies: sizesOf(checked),
    counted,
    table,
    texts,
    report,
  });
  reportMemory(stage, checked, report);
  const assembled = evaluations.map((evaluation) =>
    assembleEvaluation(narrowed(checked, evaluation.over), evaluation, {
      vocabularies: sizesOf(narrowed(checked, evaluation.over)),
      samples: sampleCounts(checked, evaluation.over, counted),
      count: ofEach(evaluation, counted),
      table,
      texts,
      stage: name,
      searched: evaluation === search,
      counts: evaluation !== search,
    }),
  );
  const figures = assembleFigures(checked, { stage: name, counted, sizesOf, table, texts });
  const values = { ...(dataValues.length === 0 ? {} : { dataValues }), ...(figures.length === 0 ? {} : { figures }) };
  const searched = search === undefined ? undefined : assembled.pop();
  const { method, direction } = checked.training.search ?? {};
  if (searched === undefined || method === undefined || direction === undefined) return { ...stage, ...values, evaluations: assembled }; // prettier-ignore
  return { ...stage, trainable: trainedBy(searched, table), search: { method, direction, evaluation: searched }, ...values, evaluations: assembled }; // prettier-ignore
}

/** With `each` a sample is a set of its own. */
const ofEach = ({ data, each }: CheckedEvaluation, counted: (data: string) => number): number => (each === true ? 1 : counted(data)); // prettier-ignore

/** How many words each vocabulary has; nominal where only the data tell. */
export function sizesOf({ vocabularies }: CheckedExperiment): ReadonlyMap<string, number> {
  return new Map(vocabularies.map(({ name, entries }) => [name, entries.length === 0 ? nominalEntries : entries.length])); // prettier-ignore
}

/** What a search maximises, as an evaluation over the data of its stage. */
function searchEvaluation({ training }: CheckedExperiment): CheckedEvaluation | undefined {
  const { search, data, batch, span } = training;
  if (search === undefined || data === undefined) return undefined;
  return { name: 'search', data, metrics: [search.metric], batch, span };
}

/** Tensors that train in the stage and that the metric reads. */
function trainedBy({ constants, samples, metrics }: Evaluation, table: StageParameters): string[] {
  const read = [constants, samples, metrics].flatMap((fn) => Object.values(fn?.inputs ?? {}));
  const names = new Set(read.flatMap((source) => (source.kind === 'parameter' ? [source.name] : [])));
  return [...names].filter((name) => table.state(name).flag === 'trainable' && table.get(name).role === 'weight');
}

/** The law of `memory:`: a step that needs more does not begin. */
function reportMemory(
  { step, chunk, name }: Pick<Stage, 'step' | 'chunk' | 'name'>,
  { training }: CheckedExperiment,
  report: Reporter,
): void {
  const { memory, span, batch } = training;
  if (memory === undefined) return;
  const peakBytes = Math.max(0, ...stepFunctions({ step, chunk }).map(({ graph }) => graphCost(graph).peakBytes));
  if (peakBytes <= memory) return;
  report.error('CX6007', { ...span, end: span.start + 'train'.length }, `a step of the stage \`${name}\` needs ${formatBytes(peakBytes)} for its values, more than \`memory:\` allows`, {
    expected: `at most ${formatBytes(memory)}`,
    found: chunk === undefined ? `a batch of ${batch}` : `a batch of ${batch} in chunks of ${chunk.size}`,
    help: 'choose a smaller batch, with `accumulate:` where the loss permits it',
  }); // prettier-ignore
}

/** With the words and numbers that only the data tell. */
export function withFacts(checked: CheckedExperiment, facts: DataFacts): CheckedExperiment {
  return { ...boundModel(checked, facts), stages: checked.stages.map((stage) => boundModel(stage, facts)) };
}

function boundModel<Model extends CheckedModel>(model: Model, facts: DataFacts): Model {
  const { data, over } = model.training;
  const set = data === undefined || over === undefined ? data : narrowedData(data, over);
  const counted = set === undefined ? undefined : facts.counts.get(set);
  const training = model.training.wholeBatch === true ? { ...model.training, batch: counted ?? nominalCount } : model.training; // prettier-ignore
  const vocabularies = model.vocabularies.map((vocabulary) => {
    const entries = facts.vocabularies.get(vocabulary.name);
    if (vocabulary.from === undefined || entries === undefined) return vocabulary;
    const columns = facts.vocabularyColumns?.get(vocabulary.name);
    return { ...vocabulary, entries, ...(columns === undefined ? {} : { columns }) };
  });
  return { ...model, vocabularies, training };
}

/** Those that the file declares, each once. */
function ownTokenizers(columns: readonly Column[]): TokenizerSpec[] {
  const specs = columns.flatMap((column) => {
    if (column.kind !== 'text' || column.cut === undefined) return [];
    const { tokenizer: id, cut } = column;
    return [[id, { id, path: cut.path, context: cut.context, cut }] as const];
  });
  return [...new Map(specs).values()];
}

/** Of a file of weights, or of a folder, the path of what stands with it. */
const besideOf = (from: string, name: string): string =>
  !from.startsWith('hf:') && /\.(safetensors|pt|pth|bin|ckpt|index\.json)$/.test(from)
    ? from.replace(/[^/]+$/, name)
    : `${from}/${name}`;

function tokenizers(instances: readonly Instance[]): TokenizerSpec[] {
  return instances.flatMap((instance): TokenizerSpec[] => {
    if (instance.shape.kind !== 'encoder') return [];
    const { config } = instance.shape;
    const text = config.kind === 'clip' ? config.text : config.kind === 'text_transformer' || config.kind === 'bert' ? config : undefined; // prettier-ignore
    if (text === undefined) return [];
    const path =
      text.tokenizer.startsWith('./') && instance.from !== undefined
        ? besideOf(instance.from, text.tokenizer.slice(2))
        : text.tokenizer;
    const id = config.kind === 'clip' ? `${instance.name}.text` : instance.name;
    const end = 'end' in text && typeof text.end === 'number' ? { end: text.end } : {};
    return [{ id, path, context: text.context, entries: text.vocabulary, ...end }];
  });
}
