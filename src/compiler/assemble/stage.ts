import { invariant } from '../common/invariant.ts';
import { extract } from '../bind/extract.ts';
import { split, type InputRole } from '../bind/split.ts';
import type { CheckedExperiment, CheckedTraining } from '../check/checked.ts';
import { differentiate } from '../differentiate/differentiate.ts';
import type { Reporter } from '../diagnostics/reporter.ts';
import { Elaborator } from '../elaborate/elaborator.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import type { OptimiserGroup } from '../program/optimiser.ts';
import type { FeatureFunction, InputSource, OutputSource, ProgramFunction } from '../program/program-function.ts';
import type { Stage } from '../program/stage.ts';
import type { SizeEnvironment } from '../types/axis.ts';
import { stepOutput } from './chunked.ts';
import { drawnColumns } from '../check/drawn-columns.ts';
import { programFunction } from './function.ts';
import { inChunks, type ElaboratedStep } from './in-chunks.ts';
import type { StageParameters } from './parameter-table.ts';
import { entered, type TextTables } from './text-tables.ts';
import { startsOfSamples } from './starts.ts';
import { countedElements, countTerms, knownCounts } from './term-counts.ts';
import { describer, valueTimes } from './value-times.ts';

type Sources = Record<string, InputSource>;

/** One stage: constants, features and the differentiated step. Evaluations are added by the caller. */
export function assembleStage(
  name: string,
  checked: CheckedExperiment,
  sizes: Omit<SizeEnvironment, 'batch'>,
  table: StageParameters,
  texts: TextTables,
  report: Reporter,
): Omit<Stage, 'evaluations'> {
  const { training } = checked;
  if (training.terms.length === 0) return idleStage(name, checked);
  const whole = { ...sizes, batch: training.batch };
  const { elaborated, outputs, known } = elaboratedStep(name, checked, whole, texts);
  table.add(elaborated.contexts);
  const { graph } = elaborated;
  const drawn = drawnColumns(checked);
  const role = (input: string): InputRole => roleOf(elaborated.inputs, table, input, drawn);
  const parts = split({ ...graph, outputs }, training.batch, role, { keepColumns: false, ...(training.each && { held: true }) }); // prettier-ignore
  const sources: Sources = { ...elaborated.inputs };
  const constants = cutNames(parts.constants, 'constant', (id) => ({ kind: 'constant', id }), sources);
  const features = cutNames(parts.samples, 'feature', (id) => ({ kind: 'feature', id }), sources);
  const describe = describer(elaborated, (tensor) => table.get(tensor).owner);
  const id = (fn: string): string => `${name}/${fn}`;
  const cuts = new Map([...constants.names, ...features.names]);
  const step = extract(graph, id('step'), outputs, cuts);
  const plain = (): Differentiated => differentiated(checked, step.graph, sources, table, id('step'));
  const elaborate = (batch: number): ElaboratedStep => elaboratedStep(name, checked, { ...sizes, batch }, texts, known);
  const place = { name, sizes, id, sources, table, elaborated, cuts, step: step.graph, report, plain, elaborate };
  const chunk = inChunks(checked, place);
  const trained = chunk === undefined ? plain() : { ...chunk.made, groups: groups(checked, chunk.made.trainable, table) }; // prettier-ignore
  // what is computed ahead goes through the data in chunks too
  const ahead = chunk?.part ?? graph;
  return {
    name,
    ...(training.data === undefined ? {} : { data: training.data }),
    ...trained,
    ...(training.each === undefined ? {} : { each: true }),
    ...startsOfSamples(id('starts'), checked, sizes, trained.trainable, table, texts),
    batch: training.batch,
    ...(training.wholeBatch === true ? { wholeBatch: true as const } : {}),
    ...(training.epochs === undefined ? {} : { epochs: training.epochs }),
    ...(training.steps === undefined ? {} : { steps: training.steps }),
    schedule: training.schedule,
    ...(training.clipGradient === undefined ? {} : { clipGradient: training.clipGradient }),
    ...(training.accumulate === undefined ? {} : { accumulate: training.accumulate }),
    ...(training.average === undefined ? {} : { average: training.average }),
    ...(training.sampler === undefined ? {} : { sampler: training.sampler }),
    ...(training.checkpoint === undefined ? {} : { checkpoint: training.checkpoint }),
    ...(training.stop === undefined ? {} : { stop: training.stop }),
    ...(training.restarts === undefined ? {} : { restarts: training.restarts }),
    terms: training.terms.map((term) => {
      const counted = countedElements(term, training, whole, known);
      return { name: term.name, formula: term.formula, weight: term.weight, ...(counted.length === 0 ? {} : { counted }) };
    }), // prettier-ignore
    objective: training.objective,
    ...(parts.constants.length === 0
      ? {}
      : { constants: { ...computed(id('constants'), graph, parts.constants, constants, new Map(), sources, 'constant'), describes: describedBy(parts.constants, constants, describe) } }), // prettier-ignore
    ...(parts.samples.length === 0
      ? {}
      : { features: { ...featureFunction(id('features'), ahead, parts.samples, features, constants.names, sources), describes: describedBy(parts.samples, features, describe) } }), // prettier-ignore
    values: valueTimes(elaborated, parts.times, table, drawn),
  };
}

/** Terms, total and buffers of a step at one size of its batch. `counts`: those that are known, where another size decides which. */
function elaboratedStep(
  name: string,
  checked: CheckedExperiment,
  sizes: SizeEnvironment,
  texts: TextTables,
  counts?: ReadonlyMap<string, number>,
): ElaboratedStep & { readonly known: ReadonlyMap<string, number> } {
  const elaborator = new Elaborator('step', checked, sizes, true);
  const total = objective(elaborator, checked.training);
  countTerms(elaborator, checked.training);
  const elaborated = entered(elaborator.finish(), texts, name);
  const known = counts ?? knownCounts(elaborated.graph);
  const outputs = [
    ...elaborated.graph.outputs.filter((output) => !known.has(output.name)),
    { name: 'total', node: total },
    ...[...elaborated.buffers].map(([buffer, node]) => ({ name: `buffer ${buffer}`, node })),
  ];
  return { elaborated, outputs, known };
}

/** A stage without a gradient: it is evaluated, and searched where the caller adds a search. Its step computes nothing. */
function idleStage(name: string, { training }: CheckedExperiment): Omit<Stage, 'evaluations'> {
  const id = `${name}/step`;
  return {
    name,
    ...(training.data === undefined ? {} : { data: training.data }),
    trainable: [],
    groups: [],
    batch: training.batch,
    steps: 0,
    schedule: training.schedule,
    terms: [],
    objective: training.objective,
    step: { id, graph: { name: id, nodes: [], outputs: [] }, inputs: {}, outputs: {} },
    values: [],
  };
}

/** Outputs `term <name>`; returns the weighted sum. */
function objective(elaborator: Elaborator, training: CheckedTraining): NodeId {
  const m = elaborator.aligner.arithmetic;
  let total: NodeId | undefined;
  for (const term of training.terms) {
    const value = elaborator.value(term.typed).node;
    elaborator.output(`term ${term.name}`, value);
    const { weight } = term;
    const weighted =
      weight.kind === 'ramp'
        ? m.binary('mul', value, elaborator.input(`weight ${weight.name}`, { kind: 'weight', name: weight.name }, 'f32', []))
        : weight.value === 1 ? value : m.scale(value, weight.value); // prettier-ignore
    total = total === undefined ? weighted : m.binary('add', total, weighted);
  }
  return total ?? m.number(0);
}

function roleOf(
  inputs: Readonly<Record<string, InputSource>>,
  table: StageParameters,
  input: string,
  drawn: ReadonlySet<string>,
): InputRole {
  const source = inputs[input];
  invariant(source, `nothing is known of the input ${input}`);
  switch (source.kind) {
    case 'parameter':
      return table.state(source.name).flag;
    case 'column':
      return drawn.has(source.column) ? 'random' : 'column';
    case 'texts':
    case 'constant':
      return 'constant';
    case 'feature':
    case 'sample':
      return 'column';
    case 'random':
      return 'random';
    case 'weight':
      return 'weight';
    case 'measure':
    case 'generated':
      return 'random';
  }
}

interface CutNames {
  /** Node → name of the input that stands for it. */
  readonly names: ReadonlyMap<NodeId, string>;
  readonly ids: readonly string[];
}

/** Names `constant 0`, `constant 1` …, entered among the sources of inputs. */
export function cutNames(
  nodes: readonly NodeId[],
  prefix: string,
  source: (id: string) => InputSource,
  sources: Sources,
): CutNames {
  const names = new Map<NodeId, string>();
  const ids = nodes.map((_, position) => `${prefix} ${position}`);
  for (const [position, node] of nodes.entries()) {
    const id = ids[position] ?? '';
    names.set(node, id);
    sources[id] = source(id);
  }
  return { names, ids };
}

/** A function whose results are the cut nodes. */
export function computed(
  id: string,
  graph: Graph,
  nodes: readonly NodeId[],
  own: CutNames,
  cuts: ReadonlyMap<NodeId, string>,
  sources: Sources,
  kind: 'constant' | 'feature' | 'sample',
): ProgramFunction {
  const outputs = nodes.map((node, position) => ({ name: own.ids[position] ?? '', node }));
  const extracted = extract(graph, id, outputs, cuts);
  const results: Record<string, OutputSource> = Object.fromEntries(
    outputs.map(({ name }) => [name, { kind, id: name }]),
  );
  return programFunction(id, extracted.graph, sources, results);
}

function featureFunction(
  id: string,
  graph: Graph,
  nodes: readonly NodeId[],
  own: CutNames,
  constants: ReadonlyMap<NodeId, string>,
  sources: Sources,
): Omit<FeatureFunction, 'describes'> {
  const fn = computed(id, graph, nodes, own, constants, sources, 'feature');
  const columns = new Set(
    Object.values(fn.inputs).flatMap((source) => (source.kind === 'column' ? [source.column] : [])),
  );
  return { ...fn, columns: [...columns] };
}

const describedBy = (
  nodes: readonly NodeId[],
  own: CutNames,
  describe: (node: NodeId) => string,
): Record<string, string> =>
  Object.fromEntries(nodes.map((node, position) => [own.ids[position] ?? '', describe(node)]));

type Differentiated = Pick<Stage, 'step' | 'trainable' | 'groups'>;

/** Gradients of what trains and is reached; optimiser groups over the same tensors. */
function differentiated(
  checked: CheckedExperiment,
  graph: Graph,
  sources: Sources,
  table: StageParameters,
  id: string,
): Differentiated {
  const trainable = new Map<string, NodeId>();
  for (const node of graph.nodes) {
    if (node.op !== 'input') continue;
    const source = sources[node.attributes.name];
    if (source?.kind !== 'parameter') continue;
    const tensor = table.get(source.name);
    if (tensor.role === 'weight' && table.state(source.name).flag === 'trainable') trainable.set(source.name, node.id);
  }
  const loss = graph.outputs.find((output) => output.name === 'total');
  invariant(loss, 'a step without its total');
  const { graph: both, gradients } = differentiate(graph, loss.node, [...trainable.values()]);
  const reached = [...trainable].filter(([, node]) => gradients.has(node));
  const outputs = [
    ...both.outputs,
    ...reached.map(([name, node]) => ({ name: `gradient ${name}`, node: gradients.get(node) ?? node })),
  ];
  const results = Object.fromEntries(outputs.map(({ name }) => [name, stepOutput(name)]));
  const names = reached.map(([name]) => name);
  return {
    step: programFunction(id, { ...both, outputs }, sources, results),
    trainable: names,
    groups: groups(checked, names, table),
  };
}

/** One group per distinct optimiser, rate and decay. */
function groups(checked: CheckedExperiment, names: readonly string[], table: StageParameters): OptimiserGroup[] {
  const { training } = checked;
  const found = new Map<string, OptimiserGroup & { parameters: string[] }>();
  for (const name of names) {
    // the most specific path wins
    const matching = training.partOptimisers.flatMap(({ paths, optimiser: own }) =>
      paths.filter((path) => name === path || name.startsWith(`${path}.`)).map((path) => ({ path, optimiser: own })),
    );
    const part = matching.sort((a, b) => b.path.length - a.path.length)[0];
    const optimiser = part?.optimiser ?? training.optimiser;
    const state = table.state(name);
    const learningRate = state.learningRate ?? optimiser.learningRate;
    const decay = state.decayRate ?? (table.decays(name) ? optimiser.decay : 0);
    const key = JSON.stringify([optimiser.method, learningRate, decay]);
    const group = found.get(key) ?? { parameters: [], method: optimiser.method, learningRate, decay };
    group.parameters.push(name);
    found.set(key, group);
  }
  return [...found.values()];
}
