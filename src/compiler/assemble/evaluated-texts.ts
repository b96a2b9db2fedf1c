import { extract } from '../bind/extract.ts';
import { split } from '../bind/split.ts';
import { atPlace } from '../check/at-place.ts';
import type { CheckedExperiment } from '../check/checked.ts';
import { cast, node } from '../check/build.ts';
import type { Typed } from '../check/typed.ts';
import { invariant } from '../common/invariant.ts';
import { Elaborator } from '../elaborate/elaborator.ts';
import type { EvaluatedTexts, Generation, TextMeasure, TextSource } from '../program/evaluation.ts';
import type { InputSource } from '../program/program-function.ts';
import { batchAxis, type SizeEnvironment } from '../types/axis.ts';
import { programFunction } from './function.ts';
import type { StageParameters } from './parameter-table.ts';
import { computed, cutNames } from './stage.ts';
import { entered, type TextTables } from './text-tables.ts';

interface Environment {
  /** Of a minibatch. */
  readonly sizes: SizeEnvironment;
  readonly table: StageParameters;
  readonly texts: TextTables;
  readonly stage: string;
  /** Begins the ids of its functions, `main/val`. */
  readonly prefix: string;
}

/** The number of a place reaches formulas as numbers of a run do. */
const placeAsked = 'place of a text';

type Generate = Extract<Typed, { readonly op: 'generate' }>;

/** The numbers of an evaluation that compare texts, and the texts that are found for them; undefined where there are none. */
export function evaluatedTexts(
  checked: CheckedExperiment,
  measures: ReadonlyMap<string, Typed>,
  environment: Environment,
): EvaluatedTexts | undefined {
  if (measures.size === 0) return undefined;
  const found = new Map<Typed, Generation>();
  const sourceOf = (typed: Typed | undefined): TextSource => {
    if (typed?.op === 'column') return { kind: 'column', column: typed.attributes.column };
    invariant(typed?.op === 'generate', 'texts are columns, or are generated');
    const known = found.get(typed) ?? generation(checked, typed, `${typed.label ?? 'text'}${suffix(found, typed)}`, environment); // prettier-ignore
    found.set(typed, known);
    return { kind: 'generated', id: known.id };
  };
  const numbers = [...measures].map(([id, typed]): TextMeasure => {
    invariant(typed.op === 'text_measure', 'a measure of texts');
    const { measure, n } = typed.attributes;
    const [texts, references, by] = typed.args;
    return {
      id,
      measure,
      ...(n === undefined ? {} : { n }),
      found: sourceOf(texts),
      references: sourceOf(references),
      ...(by?.op === 'column' ? { by: by.attributes.column } : {}),
    };
  });
  return { measures: numbers, generations: [...found.values()] };
}

/** Two texts of one name are told apart by a number. */
function suffix(found: ReadonlyMap<Typed, Generation>, typed: Typed): string {
  const twins = [...found].filter(([other]) => other !== typed && other.label === typed.label).length;
  return twins === 0 ? '' : ` ${twins + 1}`;
}

/**
 * Scores of one place, given the words before it: constants once, what a sample gives (the memory of a decoder) once a minibatch, and the
 * rest at every word.
 */
function generation(checked: CheckedExperiment, typed: Generate, id: string, environment: Environment): Generation {
  const { sizes, table, texts, stage } = environment;
  const { place, piece, ahead, beam, most, penalty } = typed.attributes;
  const [scores, said] = typed.args;
  invariant(scores && said?.op === 'column', 'scores of the words of a text');
  const elaborator = new Elaborator(`${environment.prefix}/${id}`, checked, sizes, false);
  const m = elaborator.aligner.arithmetic;
  const at = cast(node('weight', [], { name: placeAsked }, { element: 'f32', axes: [] }, typed.span), 'i32');
  const asked = atPlace(scores, place, at, (owner) => checked.instances.find((instance) => instance.name === owner));
  const logits = elaborator.aligner.ordered(elaborator.value(asked), [batchAxis, piece]).node;
  elaborator.output('scores', m.op('log_softmax', [logits], { axis: 1 }));
  const made = entered(elaborator.finish(), texts, stage);
  table.add(made.contexts);
  const { inputs, tokenizer } = foundSoFar(checked, made.inputs, said.attributes.column);
  const parts = split(made.graph, sizes.batch, (input) => {
    const source = inputs[input];
    if (source?.kind === 'parameter') return 'frozen';
    if (source?.kind === 'column') return 'column';
    return source?.kind === 'generated' || source?.kind === 'random' ? 'random' : 'constant';
  }, { keepColumns: true }); // prettier-ignore
  const name = (fn: string): string => `${environment.prefix}/${id}/${fn}`;
  const sources: Record<string, InputSource> = { ...inputs };
  const samples = parts.samples.filter((node) => made.graph.nodes[node]?.op !== 'input');
  const constants = cutNames(parts.constants, 'constant', (each) => ({ kind: 'constant', id: each }), sources);
  const gathered = cutNames(samples, 'sample', (each) => ({ kind: 'sample', id: each }), sources);
  const rest = extract(made.graph, name('scores'), made.graph.outputs, new Map([...constants.names, ...gathered.names])); // prettier-ignore
  return {
    id,
    tokenizer,
    beam,
    most,
    penalty,
    ahead,
    ...(parts.constants.length === 0 ? {} : { constants: computed(name('constants'), made.graph, parts.constants, constants, new Map(), sources, 'constant') }), // prettier-ignore
    ...(samples.length === 0 ? {} : { samples: computed(name('samples'), made.graph, samples, gathered, constants.names, sources, 'sample') }), // prettier-ignore
    scores: programFunction(name('scores'), rest.graph, sources, { scores: { kind: 'scores' } }),
  };
}

/** The words of the text come from what was found, not from the data. */
function foundSoFar(
  checked: CheckedExperiment,
  inputs: Readonly<Record<string, InputSource>>,
  said: string,
): { readonly inputs: Readonly<Record<string, InputSource>>; readonly tokenizer: string } {
  const columns = new Map(checked.columns.map((column) => [column.name, column]));
  const isOf = (name: string | undefined): boolean => name !== undefined && (name === said || isOf(columns.get(name)?.view?.of)); // prettier-ignore
  let tokenizer: string | undefined;
  const replaced = Object.entries(inputs).map(([name, source]): [string, InputSource] => {
    if (source.kind === 'weight' && source.name === placeAsked) return [name, { kind: 'generated', part: 'place' }];
    if (source.kind !== 'column' || !isOf(source.column)) return [name, source];
    if (source.part !== 'ids' && source.part !== 'length') return [name, source];
    const column = columns.get(source.column);
    if (column?.kind === 'text') tokenizer = column.tokenizer;
    return [name, { kind: 'generated', part: source.part }];
  });
  invariant(tokenizer !== undefined, `nothing reads the words of ${said}`);
  return { inputs: Object.fromEntries(replaced), tokenizer };
}
