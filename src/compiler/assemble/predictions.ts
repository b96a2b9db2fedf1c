/** Which values of an experiment are predictions: what a metric reads that one sample and the model decide, and no label. */
import type { CheckedExperiment } from '../check/checked.ts';
import type { Typed } from '../check/typed.ts';
import type { Column } from '../program/column.ts';

export interface NamedValue {
  readonly name: string;
  readonly typed: Typed;
}

/** Columns that say what should have been predicted, however they are read. */
const labelKinds: ReadonlySet<Column['kind']> = new Set(['class', 'labels', 'id']);

/** The outermost predictions in the metrics of the evaluations, by the name that the file gives them, else by that of the metric. */
export function predictionsOf(checked: CheckedExperiment): NamedValue[] {
  const metrics = checked.evaluations.flatMap((each) => each.metrics);
  const facts = new Facts(
    checked,
    metrics.map(({ typed }) => typed),
  );
  const names = new Map(checked.values.map(({ name, typed }) => [typed, name]));
  const found = new Map<Typed, string>();
  const seen = new Set<Typed>();
  const visit = (typed: Typed, metric: string): void => {
    if (seen.has(typed)) return;
    seen.add(typed);
    if (!facts.isPrediction(typed)) {
      for (const below of operands(typed)) visit(below, metric);
      return;
    }
    const value = named(typed, facts, names) ?? scores(typed);
    if (!found.has(value)) found.set(value, free(names.get(value) ?? value.label ?? metric, new Set(found.values())));
  };
  for (const { name, typed } of metrics) visit(typed, name);
  return [...found].map(([typed, name]) => ({ name, typed }));
}

function free(name: string, taken: ReadonlySet<string>): string {
  let [number, found] = [2, name];
  for (; taken.has(found); number++) found = `${name} ${number}`;
  return found;
}

/** What stands in the way of computing a value of one sample at a time; undefined where nothing does. */
export function inferenceFault(checked: CheckedExperiment, { name, typed }: NamedValue): string | undefined {
  const facts = new Facts(checked, [typed]);
  const { columns, mixes } = facts.of(typed);
  if (columns.size === 0) return `\`${name}\` reads no column: it is the same for every sample`;
  if (mixes || !hasBatch(typed)) return `\`${name}\` is of several samples at once, not of each`;
  return undefined;
}

/** The value that the file names, where all that decides this one goes through it: the normalised gaze is a form of the gaze. */
function named(typed: Typed, facts: Facts, names: ReadonlyMap<Typed, string>): Typed | undefined {
  const found = new Set<Typed>();
  const seen = new Set<Typed>();
  const descend = (each: Typed): boolean => {
    if (seen.has(each)) return true;
    seen.add(each);
    const { columns, learned } = facts.of(each);
    if (names.has(each) && facts.isPrediction(each)) {
      found.add(each);
      return true;
    }
    if (columns.size === 0) return !learned;
    if (each.op === 'call' || each.op === 'column') return false;
    return operands(each).every(descend);
  };
  const [only, second] = descend(typed) ? found : [];
  return second === undefined ? only : undefined;
}

/** Not which entry is the largest, but how large all are. */
function scores(typed: Typed): Typed {
  const [first] = typed.args;
  if (first === undefined) return typed;
  const isChoice = (typed.op === 'reduce' && ['argmax', 'argmin'].includes(typed.attributes.reduction)) || typed.op === 'top_indices'; // prettier-ignore
  return isChoice || typed.op === 'cast' ? scores(first) : typed;
}

interface Fact {
  readonly columns: ReadonlySet<string>;
  /** A parameter is among it. */
  readonly learned: boolean;
  /** Samples are put together, or something is drawn. */
  readonly mixes: boolean;
}

class Facts {
  readonly #known = new Map<Typed, Fact>();
  /** Columns that the model reads: what meets a parameter before anything else does. */
  readonly #inputs = new Set<string>();
  readonly #columns: ReadonlyMap<string, Column>;

  constructor(checked: CheckedExperiment, roots: readonly Typed[]) {
    this.#columns = new Map(checked.columns.map((column) => [column.name, column]));
    for (const root of roots) this.of(root);
  }

  isPrediction(typed: Typed): boolean {
    const { columns, learned, mixes } = this.of(typed);
    if (!learned || mixes || columns.size === 0 || !hasBatch(typed)) return false;
    return [...columns].every((column) => this.#inputs.has(column));
  }

  of(typed: Typed): Fact {
    const known = this.#known.get(typed);
    if (known !== undefined) return known;
    const below = operands(typed);
    const facts = below.map((each) => this.of(each));
    const own = typed.op === 'column' ? [typed.attributes.column] : [];
    const columns = new Set([...own, ...facts.flatMap((each) => [...each.columns])]);
    const isModel = typed.op === 'call' || typed.op === 'parameter';
    if (isModel || facts.some((each) => each.learned && each.columns.size === 0))
      for (const fact of facts) if (!fact.learned) this.#read(fact.columns, isModel);
    const dropped = below.some((each, at) => (facts[at]?.columns.size ?? 0) > 0 && hasBatch(each) && !hasBatch(typed));
    const fact: Fact = {
      columns,
      learned: isModel || facts.some((each) => each.learned),
      mixes: dropped || mixesSamples(typed) || facts.some((each) => each.mixes),
    };
    this.#known.set(typed, fact);
    return fact;
  }

  #read(columns: ReadonlySet<string>, isModel: boolean): void {
    for (const name of columns) {
      const kind = this.#columns.get(name)?.kind;
      if (isModel || kind === undefined || !labelKinds.has(kind)) this.#inputs.add(name);
    }
  }
}

/** A tensor starts from what it starts from; it does not read it. */
const operands = (typed: Typed): readonly Typed[] =>
  typed.op === 'parameter' ? [] : typed.mask === undefined ? typed.args : [...typed.args, typed.mask];

const hasBatch = ({ type }: Typed): boolean => type.axes.some(({ id }) => id === 'batch');

function mixesSamples(typed: Typed): boolean {
  switch (typed.op) {
    case 'on_data':
    case 'random':
    case 'shuffle':
    case 'generate':
    case 'text_measure':
      return true;
    case 'rename':
      return typed.attributes.pairs.some(({ from }) => from.id === 'batch');
    case 'softmax':
    case 'normalize':
    case 'cumsum':
      return typed.attributes.axis.id === 'batch';
    default:
      return typed.type.axes.some(({ renames }) => renames === 'batch');
  }
}
