/** The part of an experiment that predicts: from columns to named values, without labels, losses and whatever else trains or measures. */
import { extract } from '../bind/extract.ts';
import { split } from '../bind/split.ts';
import { seenBy, type CheckedExperiment } from '../check/checked.ts';
import { Elaborator, type Elaborated } from '../elaborate/elaborator.ts';
import type { InputSource, ProgramFunction } from '../program/program-function.ts';
import type { TextTable } from '../program/tokenizer.ts';
import { extent, type Axis } from '../types/axis.ts';
import { sizesOf, withFacts } from './assemble.ts';
import type { DataFacts } from './facts.ts';
import { programFunction } from './function.ts';
import { inferenceFault, predictionsOf, type NamedValue } from './predictions.ts';
import { computed, cutNames } from './stage.ts';
import { entered, type TextTables } from './text-tables.ts';
import { agree, countDependent, growing } from './two-sizes.ts';

export interface InferenceOutput {
  readonly name: string;
  readonly dtype: 'f32' | 'i32' | 'bool';
  /** After the batch; entries where they have words. */
  readonly axes: readonly { readonly name: string; readonly size: number; readonly entries?: readonly string[] }[];
}

export interface Inference {
  readonly stage: string;
  /** One graph at several numbers of samples, which agree: what differs counts samples. */
  readonly sizes: readonly { readonly batch: number; readonly fn: ProgramFunction }[];
  /** What no sample decides: worked out once, its results are inputs of the graph (kind `constant`). */
  readonly constants?: ProgramFunction;
  readonly texts: readonly TextTable[];
  readonly outputs: readonly InferenceOutput[];
}

/** Primes that are the size of no axis in use: a dimension that is one of them in turn is the batch. */
const batches = [61, 67, 71] as const;

/** Values of the file by name, or those that the metrics read where none is named. Returns words for what is in the way. */
export function assembleInference(
  checked: CheckedExperiment,
  facts: DataFacts,
  { stage: wanted, outputs: names = [] }: { readonly stage?: string | undefined; readonly outputs?: readonly string[] },
): Inference | { readonly fault: string; readonly names?: readonly string[] } {
  const bound = withFacts(checked, facts);
  const stage = wanted === undefined ? (bound.stages.findLast((each) => each.evaluations.length > 0) ?? bound.stages.at(-1)) : bound.stages.find(({ name }) => name === wanted); // prettier-ignore
  if (stage === undefined) return { fault: `there is no stage \`${wanted ?? ''}\``, names: bound.stages.map(({ name }) => name) }; // prettier-ignore
  const seen = seenBy(bound, stage);
  const values: NamedValue[] = [];
  for (const name of names) {
    const value = seen.values.find((each) => each.name === name);
    if (value === undefined) return { fault: `the experiment has no value \`${name}\``, names: seen.values.map((each) => each.name) }; // prettier-ignore
    values.push(value);
  }
  if (names.length === 0) values.push(...predictionsOf(seen));
  if (values.length === 0) return { fault: 'no metric reads a prediction of one sample' };
  for (const value of values) {
    const fault = inferenceFault(seen, value);
    if (fault !== undefined) return { fault };
  }
  return assembled(seen, stage.name, values);
}

function assembled(
  seen: CheckedExperiment,
  stage: string,
  values: readonly NamedValue[],
): Inference | { readonly fault: string } {
  // prettier-ignore
  const vocabularies = sizesOf(seen);
  const texts: TextTables = new Map();
  const made = batches.map((batch) => {
    const elaborator = new Elaborator('inference', seen, { batch, vocabularies, samples: new Map() }, false, false);
    for (const { name, typed } of values)
      elaborator.output(name, elaborator.aligner.ordered(elaborator.value(typed), typed.type.axes).node);
    return entered(elaborator.finish(), texts, stage);
  });
  const [first, ...others] = made;
  if (first === undefined || others.some((other) => !agree(first.graph, other.graph)))
    return { fault: 'the graph is another one for other numbers of samples' };
  const alien = Object.values(first.inputs).find(({ kind }) => !['parameter', 'column', 'texts'].includes(kind));
  if (alien !== undefined) return { fault: faultOf(alien) };
  const [second = first] = others;
  const roles = (input: string): 'frozen' | 'column' | 'constant' => {
    const kind = first.inputs[input]?.kind;
    return kind === 'parameter' ? 'frozen' : kind === 'column' ? 'column' : 'constant';
  };
  const parts = split(first.graph, batches[0], roles, {
    keepColumns: true,
    countDependent: countDependent(first.graph, second.graph),
    growing: growing(first.graph, second.graph),
  });
  const sources: Record<string, InputSource> = { ...first.inputs };
  const constants = cutNames(parts.constants, 'constant', (id) => ({ kind: 'constant', id }), sources);
  return {
    stage,
    sizes: made.map(({ graph }, at) => ({ batch: batches[at] ?? 0, fn: cut(graph, constants.names, sources) })),
    ...(parts.constants.length === 0
      ? {}
      : { constants: computed('inference/constants', first.graph, parts.constants, constants, new Map(), sources, 'constant') }), // prettier-ignore
    texts: [...texts.values()],
    outputs: values.map(({ name, typed }) => ({
      name,
      dtype: typed.type.element === 'text' ? 'i32' : typed.type.element,
      axes: typed.type.axes.slice(1).map((axis) => described(axis, seen, vocabularies)),
    })),
  };
}

function cut(
  graph: Elaborated['graph'],
  names: ReadonlyMap<number, string>,
  sources: Readonly<Record<string, InputSource>>,
): ProgramFunction {
  return programFunction('inference', extract(graph, 'inference', graph.outputs, names).graph, sources, {});
}

function faultOf(source: InputSource): string {
  if (source.kind === 'constant')
    return 'it reads a value over a whole data set (`e on d`), which no file of weights holds';
  return source.kind === 'random' ? 'something in it is drawn' : 'it reads what only a training has';
}

function described(
  axis: Axis,
  { vocabularies }: CheckedExperiment,
  sizes: ReadonlyMap<string, number>,
): InferenceOutput['axes'][number] {
  // prettier-ignore
  const words = axis.entries ?? vocabularies.find(({ name }) => [axis.id, axis.name, axis.renames].includes(name))?.entries; // prettier-ignore
  const size = extent(axis.size, { batch: 1, vocabularies: sizes, samples: new Map() });
  return { name: axis.name, size, ...(words === undefined || words.length !== size ? {} : { entries: words }) };
}
