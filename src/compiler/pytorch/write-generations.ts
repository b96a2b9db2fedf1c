/** Texts that an evaluation generates: scores of the next word of each sample, as a function of the words before it. */
import { atPlace } from '../check/at-place.ts';
import { cast, node } from '../check/build.ts';
import type { CheckedEvaluation } from '../check/checked.ts';
import type { Typed } from '../check/typed.ts';
import { Elaborator } from '../elaborate/elaborator.ts';
import type { Evaluation } from '../program/evaluation.ts';
import { batchAxis } from '../types/axis.ts';
import { Body } from './body.ts';
import type { Surroundings } from './body-surroundings.ts';
import { elaborated, type Feed } from './feeds.ts';
import { ordered } from './located-code.ts';
import { atom, docstring, method, text } from './python-code.ts';
import { pythonName } from './python-names.ts';
import { cut, knowing, writeValues } from './sample-values.ts';
import type { StageSource } from './stage-source.ts';
import { surroundings } from './surroundings.ts';
import { Unsupported } from './unsupported.ts';
import type { WrittenFunction } from './written-function.ts';

export interface WrittenGeneration {
  /** `stage/evaluation/said` */
  readonly key: string;
  /** What a sample gives, the same for all words. */
  readonly memory: WrittenFunction | undefined;
  readonly scores: WrittenFunction;
  /** Columns whose place the words take that were found so far. */
  readonly columns: readonly string[];
  /** What the two functions read besides. */
  readonly feeds: readonly Feed[];
}

/** The numbers of an evaluation that compare texts, by the keys of their values: under which name a batch has each. */
export function measuresOf(source: StageSource, evaluation: CheckedEvaluation): ReadonlyMap<number, string> {
  return new Map([...elaboratedMeasures(source, evaluation)].map(([id, typed]) => [source.keys.of(typed), id]));
}

function elaboratedMeasures(source: StageSource, { name, metrics, views, span }: CheckedEvaluation): ReadonlyMap<string, Typed> {
  if (!metrics.some(({ typed }) => hasMeasure(typed))) return new Map();
  if (source.stage.each === true) throw new Unsupported({ span }, 'a measure of texts of one sample');
  const elaborator = new Elaborator(name, source.checked, source.sizes, false, views === 'random');
  for (const { typed } of metrics) elaborator.value(typed);
  return elaborator.finish().measures;
} // prettier-ignore

const hasMeasure = (typed: Typed): boolean => typed.op === 'text_measure' || typed.args.some(hasMeasure);

/** Surroundings in which these numbers are in the batch. */
export function withMeasures(base: Surroundings, measures: ReadonlyMap<number, string>): Surroundings {
  if (measures.size === 0) return base;
  return {
    ...base,
    given: (body, typed) => {
      const id = typed.op === 'text_measure' ? measures.get(base.keys.of(typed)) : undefined;
      return id === undefined ? base.given(body, typed) : { code: atom(`batch[${text(id)}]`), axes: [] };
    },
  };
}

type Generate = Extract<Typed, { readonly op: 'generate' }>;

/** The texts of an evaluation, in the order in which the program has them. */
export function writeGenerations(source: StageSource, evaluation: CheckedEvaluation, spec: Evaluation | undefined): WrittenGeneration[] {
  const generations = spec?.texts?.generations ?? [];
  const found = [...elaboratedMeasures(source, evaluation).values()].flatMap(({ args }) => args.slice(0, 2).filter((typed): typed is Generate => typed.op === 'generate'));
  return [...new Set(found)].flatMap((typed, at) => {
    const { id, tokenizer } = generations[at] ?? {};
    if (id === undefined || tokenizer === undefined || spec === undefined) return [];
    return writeGeneration(typed, { key: `${source.stage.name}/${evaluation.name}/${id}`, id, tokenizer, batch: spec.batch }, source);
  });
} // prettier-ignore

interface Asked {
  readonly key: string;
  readonly id: string;
  readonly tokenizer: string;
  /** Of a minibatch. */
  readonly batch: number;
}

/** The number of a place is an argument of the function. */
const placeAsked = 'place of a text';

function writeGeneration(typed: Generate, { key, id, tokenizer, batch }: Asked, source: StageSource): WrittenGeneration {
  const { checked, keys } = source;
  const { place, piece } = typed.attributes;
  const [scores, said] = typed.args;
  if (scores === undefined || said?.op !== 'column') throw new Unsupported(typed, 'a text of no words');
  const at = cast(node('weight', [], { name: placeAsked }, { element: 'f32', axes: [] }, typed.span), 'i32');
  const asked = atPlace(scores, place, at, (owner) => checked.instances.find(({ name }) => name === owner));
  const columns = new Map(checked.columns.map((column) => [column.name, column]));
  const isOf = (name: string | undefined): boolean => name !== undefined && (name === said.attributes.column || isOf(columns.get(name)?.view?.of));
  const reads = new Map<Typed, boolean>();
  const readsWords = (each: Typed): boolean => {
    const known = reads.get(each) ?? (each.op === 'weight' ? each.attributes.name === placeAsked : each.op === 'column' ? isOf(each.attributes.column) : each.args.some(readsWords));
    reads.set(each, known);
    return known;
  };
  const around = surroundings(source, 'samples');
  const memory = cut([asked], source, (each) => !readsWords(each));
  const ofSamples = writeValues(`memory_${pythonName(id)}`, `What a sample gives for all words of ${id}.`, memory, around);
  const known = knowing(around, source, memory);
  const body = Body.written({
    ...known,
    given: (each, value) => (keys.of(value) === keys.of(at) ? { code: atom('place'), axes: [] } : known.given(each, value)),
  }, ['place'], (each) => {
    const value = ordered(each.value(asked), [batchAxis, piece]);
    each.lines.push(`    return {"scores": ${method(value.code, 'log_softmax', '-1').text}}`);
  });
  const words = [...columns.values()].flatMap((column) => (column.kind === 'text' && column.tokenizer === tokenizer && isOf(column.name) ? [column.name] : []));
  const name = `scores_${pythonName(id)}`;
  const written: WrittenFunction = {
    name,
    lines: [
      `def ${name}(model: Model, batch: Batch, constants: Constants, place: int) -> dict[str, Tensor]:`,
      ...docstring([`Log probabilities of the words of ${id} that a place scores, given those before: [batch, ${piece.name}].`], '    '),
      ...body.lines,
    ],
    functions: body.functions,
    modules: body.modules,
  };
  const isFound = ({ source: from }: Feed): boolean => from.kind === 'column' && words.includes(from.column) && (from.part === 'ids' || from.part === 'length');
  const feeds = elaborated(source, [asked], batch, false).filter((feed) => !isFound(feed) && !(feed.source.kind === 'weight' && feed.source.name === placeAsked));
  if (feeds.some(({ source: from }) => from.kind === 'random')) throw new Unsupported(typed, '`generate` by scores in which something is drawn');
  return { key, memory: ofSamples, scores: written, columns: words, feeds };
} // prettier-ignore
