/** Texts that an evaluation finds by scores of the next word, and the numbers that compare texts. */
import { invariant } from '../../compiler/common/invariant.ts';
import { graphInputs } from '../../compiler/ir/graph.ts';
import type { Generation, TextMeasure, TextSource } from '../../compiler/program/evaluation.ts';
import type { TensorValue } from '../backends/backend.ts';
import type { BatchSource } from '../batch-source.ts';
import type { EvaluationRequest } from '../evaluator.ts';
import type { FoundText } from '../events.ts';
import { columnsRead, type Tensors } from '../feeds.ts';
import { RunError } from '../run-error.ts';
import { beamSearch } from './beam-search.ts';
import { bleu } from './bleu.ts';
import { captionWords } from './caption-words.ts';
import { cider } from './cider.ts';
import type { JudgedText } from './n-grams.ts';
import { rougeL } from './rouge-l.ts';

/** The texts of one generation, one for each sample. */
export interface WrittenTexts {
  readonly id: string;
  readonly texts: readonly string[];
}

type Request = Pick<EvaluationRequest, 'session' | 'evaluation' | 'source' | 'feeder' | 'constants' | 'weights'>;

/** Every text that the evaluation generates. `samples`: of the first ones alone, and `words` at most. */
export async function writeTexts(
  request: Request,
  limits: { readonly samples?: number; readonly words?: number } = {},
): Promise<readonly WrittenTexts[]> {
  const written: WrittenTexts[] = [];
  for (const generation of request.evaluation.texts?.generations ?? [])
    written.push({ id: generation.id, texts: await textsOf(generation, request, limits) });
  return written;
}

async function textsOf(
  generation: Generation,
  request: Request,
  limits: { readonly samples?: number; readonly words?: number },
): Promise<readonly string[]> {
  const { session, evaluation, source, feeder } = request;
  const { scores, samples } = generation;
  const marks = source.tokenizer?.(generation.tokenizer);
  invariant(marks, `nothing puts words of ${generation.tokenizer} together`);
  const constants = await constantsOf(generation, request);
  const columnsNeeded = columnsRead(samples, scores);
  const total = Math.min(evaluation.count, limits.samples ?? evaluation.count);
  const texts: string[] = [];
  for (let from = 0; from < total; from += evaluation.batch) {
    // the graph has a fixed batch: the last one is filled up with the last sample
    const indices = Array.from({ length: evaluation.batch }, (_, at) => Math.min(from + at, evaluation.count - 1));
    const columns = columnsNeeded.length === 0 ? {} : await source.batch(indices, columnsNeeded, undefined);
    const shared = { columns, constants, weights: request.weights };
    const known = samples === undefined ? {} : byId(samples.outputs, await session.call(samples.id, await feeder.feeds(samples, shared))); // prettier-ignore
    const next = async (beginnings: readonly (readonly number[])[]): Promise<ArrayLike<number>> => {
      const generated = soFar(generation, beginnings, marks.padding);
      const feeds = await feeder.feeds(scores, { ...shared, samples: known, generated });
      const logs = (await session.call(scores.id, feeds))['scores'];
      invariant(logs, `${scores.id} gave no scores`);
      if (logs.data.some((value) => Number.isNaN(value)))
        throw new RunError('numerical', 'CX8223', `evaluation \`${evaluation.name}\` on ${evaluation.data}: scores of the text \`${generation.id}\` are not numbers`); // prettier-ignore
      return logs.data;
    };
    const ids = await beamSearch({
      rows: evaluation.batch,
      start: marks.start,
      end: marks.end,
      beam: generation.beam,
      most: Math.min(generation.most, limits.words ?? generation.most),
      penalty: generation.penalty,
      scores: next,
    });
    for (const row of ids.slice(0, total - from)) texts.push(marks.decode(row).trim());
  }
  return texts;
}

async function constantsOf(generation: Generation, { session, feeder, constants }: Request): Promise<Tensors> {
  const fn = generation.constants;
  return fn === undefined ? constants : byId(fn.outputs, await session.call(fn.id, await feeder.feeds(fn, {})));
}

/** Results by their ids. */
function byId(
  outputs: Readonly<Record<string, { readonly kind: string; readonly id?: string }>>,
  results: Tensors,
): Tensors {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { id }]) => {
      const value = results[name];
      invariant(value && id !== undefined, `a function gave no ${name}`);
      return [id, value];
    }),
  );
}

/** Beginnings as one text of each sample: words, padding, and where each ends. */
function soFar(
  { scores, ahead }: Generation,
  beginnings: readonly (readonly number[])[],
  padding: number,
): Record<'ids' | 'length' | 'place', TensorValue> {
  const shapes = new Map(graphInputs(scores.graph).map(({ name, type }) => [scores.inputs[name], type.shape]));
  const shape = [...shapes].find(([input]) => input?.kind === 'generated' && input.part === 'ids')?.[1] ?? [];
  const width = shape.at(-1) ?? 0;
  const ids = new Int32Array(beginnings.length * width).fill(padding);
  beginnings.forEach((beginning, row) => ids.set(beginning.slice(0, width), row * width));
  const length = beginnings[0]?.length ?? 1;
  return {
    ids: { dtype: 'i32', shape, data: ids },
    length: { dtype: 'i32', shape: [beginnings.length], data: new Int32Array(beginnings.length).fill(length - 1) },
    // the word at `length` is the next one
    place: { dtype: 'f32', shape: [], data: Float32Array.of(length - ahead) },
  };
}

/** So many samples are shown of a text. */
const shown = 16;

/** The first texts beside the references that the first measure of them reads. */
export function shownTexts(
  { evaluation, source }: Pick<EvaluationRequest, 'evaluation' | 'source'>,
  written: readonly WrittenTexts[],
): readonly FoundText[] {
  return written.flatMap(({ id, texts }) => {
    const measure = evaluation.texts?.measures.find(({ found }) => found.kind === 'generated' && found.id === id);
    return texts.slice(0, shown).map((found, sample): FoundText => {
      const references = measure === undefined ? [] : textsAt(measure.references, sample, source, written);
      return { name: id, sample, found, references };
    });
  });
}

// ── numbers ──────────────────────────────────────────────────────────

/** The measures of an evaluation by their ids, of what was written and of the columns beside. */
export async function measureTexts(
  { evaluation, source }: Pick<EvaluationRequest, 'evaluation' | 'source'>,
  written: readonly WrittenTexts[],
): Promise<Readonly<Record<string, number>>> {
  const results: Record<string, number> = {};
  for (const measure of evaluation.texts?.measures ?? []) {
    const judged = await judgedTexts(measure, evaluation.count, source, written);
    if (judged.length === 0)
      throw new RunError('user', 'CX8223', `evaluation \`${evaluation.name}\` on ${evaluation.data}: no sample has a text and references`); // prettier-ignore
    results[measure.id] = numberOf(measure, judged);
  }
  return results;
}

function numberOf({ measure, n = 4 }: TextMeasure, judged: readonly JudgedText[]): number {
  switch (measure) {
    case 'bleu':
      return bleu(judged, n);
    case 'rouge_l':
      return rougeL(judged);
    case 'cider':
      return cider(judged);
  }
}

/** One for each sample, or for each content of `by` with the first text and all references. What is absent is not judged. */
async function judgedTexts(
  { found, references, by }: TextMeasure,
  count: number,
  source: BatchSource,
  written: readonly WrittenTexts[],
): Promise<JudgedText[]> {
  const groups = new Map<string, { readonly found: string[]; readonly references: string[] }>();
  for (let index = 0; index < count; index++) {
    const key = by === undefined ? String(index) : await source.contentKey(index, [by]);
    const group = groups.get(key) ?? { found: [], references: [] };
    groups.set(key, group);
    group.found.push(...textsAt(found, index, source, written));
    group.references.push(...textsAt(references, index, source, written));
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group.found;
    if (first === undefined || group.references.length === 0) return [];
    return [{ found: captionWords(first), references: group.references.map(captionWords) }];
  });
}

function textsAt(
  text: TextSource,
  index: number,
  source: BatchSource,
  written: readonly WrittenTexts[],
): readonly string[] {
  if (text.kind === 'generated') return [written.find(({ id }) => id === text.id)?.texts[index] ?? ''];
  const texts = source.texts?.(index, text.column);
  invariant(texts, `the data hold no texts of ${text.column}`);
  return texts;
}
