/** The order in which the samples of a data set come, epoch by epoch: a function of (sampler, classes, seed, epoch). */
import type { Sampler } from '../compiler/program/stage.ts';
import type { BatchSource } from './batch-source.ts';
import { RunError } from './run-error.ts';
import { stream } from './random.ts';

/** Samples of one epoch, at least as many as its whole batches take. */
export type EpochOrder = (epoch: number) => Uint32Array;

/** How many samples' classes are read at once. */
const readAtOnce = 1024;

/** Reads the classes where the sampler goes by them. Throws RunError CX8244 where a batch can not be filled. */
export async function epochOrder(
  sampler: Sampler | undefined,
  source: BatchSource,
  { data, batch, seed }: { readonly data: string; readonly batch: number; readonly seed: number },
): Promise<EpochOrder> {
  const { count } = source;
  if (sampler === undefined || sampler.kind === 'shuffle') return (epoch) => stream(seed, `shuffle:${data}`).permutation(count, epoch); // prettier-ignore
  if (sampler.kind === 'sequential') return () => Uint32Array.from({ length: count }, (_, index) => index);
  const classes = await readClasses(source, sampler.column);
  if (sampler.kind === 'balanced') return (epoch) => balanced(classes, count, { data, seed, epoch });
  const { count: each, column } = sampler;
  if (batch % each !== 0 || classes.length < batch / each) {
    throw new RunError(
      'user',
      'CX8244',
      `a batch of ${batch} with ${each} samples of each \`${column}\` needs ${batch / each} of them, and \`${data}\` has ${classes.length}`,
      { help: 'choose a smaller batch, or more samples of each' },
    );
  }
  return (epoch) => perClass(classes, count, each, { data, seed, epoch });
}

/** Samples of each class, classes in the order of their numbers. */
async function readClasses(source: BatchSource, column: string): Promise<readonly (readonly number[])[]> {
  const found = new Map<number, number[]>();
  for (let from = 0; from < source.count; from += readAtOnce) {
    const indices = Array.from({ length: Math.min(readAtOnce, source.count - from) }, (_, at) => from + at);
    const values = (await source.batch(indices, [column], undefined))[column]?.data ?? [];
    for (const [at, index] of indices.entries()) {
      const key = values[at] ?? 0;
      const members = found.get(key) ?? [];
      members.push(index);
      found.set(key, members);
    }
  }
  return [...found].sort(([a], [b]) => a - b).map(([, members]) => members);
}

interface Draw {
  readonly data: string;
  readonly seed: number;
  readonly epoch: number;
}

/** The members of each class in an order of the epoch's own, around and around. */
function circles(classes: readonly (readonly number[])[], { data, seed, epoch }: Draw): readonly (() => number)[] {
  return classes.map((members, number) => {
    const order = stream(seed, `sampler:${data}:${number}`).permutation(members.length, epoch);
    let at = 0;
    return () => members[order[at++ % order.length] ?? 0] ?? 0;
  });
}

/** Which class comes next: all of them in one order after the other. */
function classesInTurn(count: number, { data, seed, epoch }: Draw): () => number {
  const random = stream(seed, `sampler:${data}`);
  let order = new Uint32Array();
  let at = 0;
  let round = 0;
  return () => {
    // rounds of an epoch are streams of their own: 4096 are more than any epoch has
    if (at % count === 0) order = Uint32Array.from(random.permutation(count, epoch * 4096 + (round++ % 4096)));
    return order[at++ % count] ?? 0;
  };
}

function balanced(classes: readonly (readonly number[])[], count: number, draw: Draw): Uint32Array {
  const next = classesInTurn(classes.length, draw);
  const members = circles(classes, draw);
  return Uint32Array.from({ length: count }, () => members[next()]?.() ?? 0);
}

function perClass(classes: readonly (readonly number[])[], count: number, each: number, draw: Draw): Uint32Array {
  const next = classesInTurn(classes.length, draw);
  const members = circles(classes, draw);
  const order = new Uint32Array(count);
  for (let at = 0; at < count;) {
    const member = members[next()];
    for (let copy = 0; copy < each && at < count; copy++) order[at++] = member?.() ?? 0;
  }
  return order;
}
