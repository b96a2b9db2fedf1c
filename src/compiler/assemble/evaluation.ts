import { extract } from '../bind/extract.ts';
import { split } from '../bind/split.ts';
import type { CheckedEvaluation, CheckedExperiment } from '../check/checked.ts';
import { checkEntries } from '../check/entries.ts';
import { Reporter } from '../diagnostics/reporter.ts';
import { Elaborator, type Elaborated } from '../elaborate/elaborator.ts';
import type { Evaluation, MetricSpec } from '../program/evaluation.ts';
import type { InputSource, OutputSource } from '../program/program-function.ts';
import { takenIn } from '../elaborate/taken-in.ts';
import { extent, type Axis, type SizeEnvironment } from '../types/axis.ts';
import { evaluatedTexts } from './evaluated-texts.ts';
import { programFunction } from './function.ts';
import type { StageParameters } from './parameter-table.ts';
import { computed, cutNames } from './stage.ts';
import { entered, type TextTables } from './text-tables.ts';
import { agree, countDependent, growing } from './two-sizes.ts';

interface Environment {
  readonly vocabularies: ReadonlyMap<string, number>;
  readonly count: number;
  readonly table: StageParameters;
  /** The stage it belongs to. */
  readonly stage: string;
  readonly texts: TextTables;
  /** Samples of the sets that values go over as a whole. */
  readonly samples: ReadonlyMap<string, number>;
  /** Axes of each result in the order wanted, where not in their own. */
  readonly order?: ReadonlyMap<string, readonly Axis[]>;
  /** What trains is tried out: nothing that depends on it is computed ahead. */
  readonly searched?: boolean;
  /** How many elements metrics are made of is worked out with them. */
  readonly counts?: boolean;
}

/**
 * Metrics see the whole set as their batch. What is per sample runs in minibatches: the same graph is elaborated at both sizes and
 * the two agree node by node, so a node of one is found in the other by its number.
 */
export function assembleEvaluation(
  checked: CheckedExperiment,
  evaluation: CheckedEvaluation,
  {
    vocabularies,
    samples: counts,
    count,
    table,
    texts,
    stage,
    order,
    searched = false,
    counts: counting = false,
  }: Environment,
): Evaluation {
  const sizes = { batch: count, vocabularies, samples: counts };
  const made = (batch: number): Elaborated => elaborate(checked, evaluation, { ...sizes, batch }, order, counting);
  const whole = entered(made(count), texts, stage);
  const { batch, part } = minibatch(evaluation, sizes, whole, Math.min(evaluation.batch, count), made);
  table.add(whole.contexts);
  // in an evaluation every parameter is constant
  const parts = split(part.graph, batch, (input) => {
    const source = whole.inputs[input];
    if (source?.kind === 'parameter') return searched && table.state(source.name).flag === 'trainable' ? 'trainable' : 'frozen';
    return source?.kind === 'column' ? 'column' : source?.kind === 'random' || source?.kind === 'measure' ? 'random' : 'constant';
  }, { keepColumns: true, countDependent: countDependent(part.graph, whole.graph), growing: growing(part.graph, whole.graph) }); // prettier-ignore
  const id = (name: string): string => `${stage}/${evaluation.name}/${name}`;
  const sources: Record<string, InputSource> = { ...whole.inputs };
  // a column that only metrics read is gathered as it is
  const samples = parts.samples.filter((node) => part.graph.nodes[node]?.op !== 'input');
  const constants = cutNames(parts.constants, 'constant', (each) => ({ kind: 'constant', id: each }), sources);
  const gathered = cutNames(samples, 'sample', (each) => ({ kind: 'sample', id: each }), sources);
  const metrics = extract(
    whole.graph,
    id('metrics'),
    whole.graph.outputs,
    new Map([...constants.names, ...gathered.names]),
  );
  const compared = evaluatedTexts(checked, whole.measures, { sizes: { ...sizes, batch }, table, texts, stage, prefix: `${stage}/${evaluation.name}` }); // prettier-ignore
  const results: Record<string, OutputSource> = Object.fromEntries(
    whole.graph.outputs.map(({ name }) => [
      name,
      name.startsWith('metric ') ? { kind: 'metric', name: name.slice('metric '.length) } : { kind: 'count', name },
    ]),
  );
  return {
    name: evaluation.name,
    data: evaluation.data,
    ...(evaluation.each === undefined ? {} : { each: true }),
    count,
    batch,
    ...(evaluation.every === undefined ? {} : { every: evaluation.every }),
    ...(evaluation.views === undefined ? {} : { views: evaluation.views }),
    ...(evaluation.best === undefined ? {} : { best: evaluation.best }),
    ...(parts.constants.length === 0
      ? {}
      : {
          constants: computed(id('constants'), part.graph, parts.constants, constants, new Map(), sources, 'constant'),
        }),
    ...(samples.length === 0
      ? {}
      : { samples: computed(id('samples'), part.graph, samples, gathered, constants.names, sources, 'sample') }),
    metrics: programFunction(id('metrics'), metrics.graph, sources, results),
    ...(compared === undefined ? {} : { texts: compared }),
    table: evaluation.metrics.map((metric) => metricSpec(checked, metric, sizes, counting)),
  };
}

function elaborate(
  checked: CheckedExperiment,
  evaluation: CheckedEvaluation,
  sizes: SizeEnvironment,
  order: Environment['order'],
  counting: boolean,
): Elaborated {
  const elaborator = new Elaborator(evaluation.name, checked, sizes, false, evaluation.views === 'random');
  for (const { name, typed } of evaluation.metrics) {
    // entries in the order that the table of the metric states
    elaborator.output(
      `metric ${name}`,
      elaborator.aligner.ordered(elaborator.value(typed), order?.get(name) ?? typed.type.axes).node,
    );
  }
  for (const { name, typed } of counting ? evaluation.metrics : [])
    for (const [at, { left }] of takenIn(typed).entries())
      if (left !== undefined)
        elaborator.output(countName(name, at), elaborator.aligner.expanded(elaborator.value(left), typed.type.axes));
  return elaborator.finish();
}

const countName = (metric: string, at: number): string => `count ${metric} ${at}`;

/** The same graph at a minibatch. A size that happens to equal another one may merge nodes; another size does not. */
function minibatch(
  evaluation: CheckedEvaluation,
  sizes: SizeEnvironment,
  whole: Elaborated,
  wanted: number,
  made: (batch: number) => Elaborated,
): { batch: number; part: Elaborated } {
  const roots = evaluation.metrics.map((metric) => metric.typed);
  for (const batch of sizesNear(wanted, sampleCount(whole))) {
    // the ten largest of a minibatch of eight do not exist, though those of the set do
    if (!checkEntries(roots, { ...sizes, batch }, '', new Reporter())) continue;
    const part = made(batch);
    if (agree(whole.graph, part.graph)) return { batch, part };
  }
  // the whole set at once is always right, if not small
  return { batch: sampleCount(whole), part: whole };
}

/** Sizes to try for a minibatch: the wanted one, then smaller and larger ones. */
function sizesNear(wanted: number, most: number): number[] {
  const smaller = Array.from({ length: 15 }, (_, step) => wanted - 1 - step);
  const larger = Array.from({ length: 15 }, (_, step) => wanted + 1 + step);
  return [wanted, ...smaller, ...larger].filter((size) => size >= 1 && size <= most);
}

function sampleCount(elaborated: Elaborated): number {
  for (const node of elaborated.graph.nodes) {
    if (node.op !== 'input') continue;
    const extentOfBatch = node.type.shape[0];
    if (elaborated.inputs[node.attributes.name]?.kind === 'column' && extentOfBatch !== undefined) return extentOfBatch;
  }
  return 1;
}

function metricSpec(
  checked: CheckedExperiment,
  metric: CheckedEvaluation['metrics'][number],
  sizes: SizeEnvironment,
  counting: boolean,
): MetricSpec {
  const counted = counting ? takenIn(metric.typed) : [];
  const axes = metric.typed.type.axes;
  const [axis] = axes;
  const entries =
    axis === undefined ? undefined : checked.vocabularies.find((vocabulary) => vocabulary.name === axis.name)?.entries;
  return {
    name: metric.name,
    formula: metric.formula,
    shape: axes.map((each) => extent(each.size, sizes)),
    ...(metric.unit === undefined ? {} : { unit: metric.unit }),
    ...(entries === undefined || axes.length !== 1 ? {} : { entries }),
    ...(counted.length === 0
      ? {}
      : {
          counted: counted.map((each, at) => ({
            elements: (each.left === undefined ? [...each.axes, ...axes] : each.axes).reduce(
              (product, { size }) => product * extent(size, sizes),
              1,
            ),
            ...(each.left === undefined ? {} : { left: countName(metric.name, at) }),
          })),
        }),
  };
}
