/** `maximize metric`: candidates for the elements of what trains, judged by a metric over the whole data. No gradient is taken. */
import { invariant } from '../compiler/common/invariant.ts';
import type { SearchMethod, StageSearch } from '../compiler/program/search.ts';
import type { Session } from './backends/backend.ts';
import { gather, measure } from './evaluator.ts';
import type { EvaluationRequest } from './evaluator.ts';
import { RunError } from './run-error.ts';
import { stream } from './random.ts';

export interface SearchRequest {
  readonly session: Session;
  readonly search: StageSearch;
  /** Tensors whose elements are tried, in table order. */
  readonly trainable: readonly string[];
  readonly evaluation: EvaluationRequest;
  readonly seed: number;
  readonly progress: (done: number, total: number) => void;
}

/** More candidates than this are a mistake. */
const mostCandidates = 200_000;

/** Leaves the best candidate in the session and gives back its value; of equals the first. Throws RunError CX8245 for too many. */
export async function runSearch(request: SearchRequest): Promise<number> {
  const { session, search, trainable } = request;
  const start = await session.readParameters(trainable);
  const sizes = trainable.map((name) => start.get(name)?.length ?? 0);
  const elements = sizes.reduce((sum, size) => sum + size, 0);
  const total = candidateCount(search.method, elements);
  if (total > mostCandidates) {
    throw new RunError(
      'user',
      'CX8245',
      `${elements} elements and ${search.method.values.length} values make ${total} candidates`,
      { help: 'search with `coordinate(…)` or `random(…, tries: 500)`' },
    );
  }
  try {
    return await searchFrom(request, start, sizes, total);
  } catch (error) {
    // a search that is left halfway is done again as a whole, from where it began
    await session.writeParameters(start);
    throw error;
  }
}

async function searchFrom(
  request: SearchRequest,
  start: ReadonlyMap<string, Float32Array>,
  sizes: readonly number[],
  total: number,
): Promise<number> {
  const { session, search, trainable, seed } = request;
  const elements = sizes.reduce((sum, size) => sum + size, 0);
  const gathered = await gather(request.evaluation);
  let done = 0;
  const judge = async (candidate: Float32Array): Promise<number> => {
    await session.writeParameters(apart(candidate, trainable, sizes));
    const [metric] = await measure(request.evaluation, gathered);
    request.progress(++done, total);
    const value = metric?.value;
    invariant(value !== undefined && value !== null, 'a search measures one metric');
    return search.direction === 'max' ? value : -value;
  };
  const first: Float32Array = Float32Array.from(trainable.flatMap((name) => Array.from(start.get(name) ?? [])));
  let best: { readonly candidate: Float32Array; readonly value: number } = {
    candidate: first,
    value: await judge(first),
  };
  const consider = async (candidate: Float32Array): Promise<void> => {
    const value = await judge(candidate);
    if (value > best.value) best = { candidate, value };
  };
  const { method } = search;
  if (method.kind === 'coordinate') {
    for (let round = 0; round < method.rounds; round++) {
      for (let element = 0; element < elements; element++) {
        for (const value of method.values) {
          const candidate = Float32Array.from(best.candidate);
          if (candidate[element] === Math.fround(value)) continue;
          candidate[element] = value;
          await consider(candidate);
        }
      }
    }
  } else {
    for (const candidate of listed(method, elements, seed)) await consider(candidate);
  }
  await session.writeParameters(apart(best.candidate, trainable, sizes));
  return search.direction === 'max' ? best.value : -best.value;
}

/** The start is judged too. */
function candidateCount(method: SearchMethod, elements: number): number {
  const { values } = method;
  if (method.kind === 'grid') return values.length ** elements + 1;
  return method.kind === 'random' ? method.tries + 1 : method.rounds * elements * values.length + 1;
}

function* listed(
  method: Exclude<SearchMethod, { readonly kind: 'coordinate' }>,
  elements: number,
  seed: number,
): Generator<Float32Array> {
  const { values } = method;
  if (method.kind === 'grid') {
    // counting in base `values.length`, the last element fastest
    for (let number = 0; number < values.length ** elements; number++) {
      const candidate = new Float32Array(elements);
      for (let element = elements - 1, rest = number; element >= 0; element--) {
        candidate[element] = values[rest % values.length] ?? 0;
        rest = Math.floor(rest / values.length);
      }
      yield candidate;
    }
    return;
  }
  const random = stream(seed, 'search');
  for (let attempt = 0; attempt < method.tries; attempt++) {
    yield Float32Array.from(
      { length: elements },
      (_, element) => values[random.integer(values.length, attempt * elements + element)] ?? 0,
    );
  }
}

function apart(
  candidate: Float32Array,
  trainable: readonly string[],
  sizes: readonly number[],
): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  let from = 0;
  for (const [at, name] of trainable.entries()) {
    const size = sizes[at] ?? 0;
    values.set(name, candidate.slice(from, from + size));
    from += size;
  }
  return values;
}
