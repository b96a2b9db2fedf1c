/**
 * Per-sample features of one data set: what is on disk is read, the rest is computed once and kept. The key of a row is the content of the
 * columns that are read; the folder is named by everything else that decides the value: the graph, the frozen parameters it reads, the
 * prompts, the engine and its version.
 */
import { join } from 'node:path';
import { invariant } from '../../compiler/common/invariant.ts';
import { graphInputs } from '../../compiler/ir/graph.ts';
import type { FeatureFunction } from '../../compiler/program/program-function.ts';
import { elementCount } from '../../compiler/types/dtype.ts';
import type { DType, Shape } from '../../compiler/types/dtype.ts';
import type { Session, TensorValue } from '../backends/backend.ts';
import type { BatchSource } from '../batch-source.ts';
import { graphDigest, sha256, tensorDigest } from '../digest.ts';
import { reads } from '../feeds.ts';
import type { Feeder, Tensors } from '../feeds.ts';
import { openFeatureStore } from './feature-store.ts';
import type { FeatureStore } from './feature-store.ts';

export interface FeatureTable {
  /** Features of these samples, batch first, by feature id. */
  batch(indices: ArrayLike<number>): Tensors;
  readonly hits: number;
  readonly misses: number;
  readonly bytes: number;
}

export interface FeatureRequest {
  readonly session: Session;
  readonly fn: FeatureFunction;
  readonly source: BatchSource;
  readonly feeder: Feeder;
  readonly constants: Tensors;
  /** sha256 of each parameter that the stage does not change. */
  readonly frozenDigests: ReadonlyMap<string, string>;
  /** Folder of all feature caches; nothing is kept on disk where it is absent. */
  readonly folder?: string;
  readonly progress: (done: number, total: number) => void;
  readonly warn: (message: string) => void;
}

/** One feature within a row. */
interface Field {
  readonly id: string;
  readonly output: string;
  readonly dtype: DType;
  /** Of one sample. */
  readonly shape: Shape;
  readonly offset: number;
  readonly elements: number;
}

/** Rows are held in memory up to this size, read from disk one by one beyond it. */
const memoryLimit = 512 * 2 ** 20;

/** Computes what is missing. Throws what the engine and the data throw. */
export async function prepareFeatures(request: FeatureRequest): Promise<FeatureTable> {
  const { fn, source, session, progress } = request;
  const { batchSize, fields, rowBytes } = layoutOf(fn);
  const keys: string[] = [];
  for (let index = 0; index < source.count; index++) keys.push(await source.contentKey(index, fn.columns));
  const store = request.folder === undefined ? undefined : openStore(request, request.folder, rowBytes);
  const memory = new Map<string, Uint8Array>();
  // One representative of each distinct content.
  const wanted = new Map<string, number>();
  keys.forEach((key, index) => {
    if (!wanted.has(key)) wanted.set(key, index);
  });
  const keepInMemory = store === undefined || wanted.size * rowBytes <= memoryLimit;

  async function compute(indices: readonly number[]): Promise<Uint8Array[]> {
    // The graph has a fixed batch: the last one is filled up with its last sample.
    const padded = Array.from({ length: batchSize }, (_, at) => indices[Math.min(at, indices.length - 1)] ?? 0);
    const columns = await source.batch(padded, fn.columns, undefined);
    const results = await session.call(
      fn.id,
      await request.feeder.feeds(fn, { columns, constants: request.constants }),
    );
    return indices.map((_, at) => rowAt(fields, rowBytes, results, at));
  }

  if (store !== undefined && !(await isTrustworthy(store, wanted, fields, batchSize, compute))) {
    request.warn(`the feature cache of ${describe(fn)} no longer gives what the engine computes; it was emptied`);
    store.clear();
  }
  const missing: [key: string, index: number][] = [];
  for (const [key, index] of wanted) {
    const row = store?.read(key);
    if (row === undefined) missing.push([key, index]);
    else if (keepInMemory) memory.set(key, row);
  }
  if (missing.length > 0) progress(0, missing.length);
  for (let from = 0; from < missing.length; from += batchSize) {
    const part = missing.slice(from, from + batchSize);
    const rows = await compute(part.map(([, index]) => index));
    part.forEach(([key], at) => {
      const row = rows[at];
      invariant(row, 'one row for each sample');
      store?.write(key, row);
      if (keepInMemory) memory.set(key, row);
    });
    progress(Math.min(from + batchSize, missing.length), missing.length);
  }
  if (keepInMemory) store?.close();

  return {
    hits: wanted.size - missing.length,
    misses: missing.length,
    bytes: wanted.size * rowBytes,
    batch(indices) {
      const rows = Array.from(indices, (index) => {
        const key = keys[index] ?? '';
        const row = memory.get(key) ?? store?.read(key);
        invariant(row, `the feature cache lost the row of sample ${index}`);
        return row;
      });
      return Object.fromEntries(fields.map((field) => [field.id, gather(field, rows)]));
    },
  };
}

function openStore(request: FeatureRequest, folder: string, rowBytes: number): FeatureStore {
  const { fn, session, frozenDigests } = request;
  const { name, version, device } = session.info;
  const parameters = Object.values(fn.inputs).flatMap((source) => {
    if (source.kind !== 'parameter') return [];
    const digest = frozenDigests.get(source.name);
    invariant(digest, `${fn.id} reads ${source.name}, which is not frozen`);
    return [[source.name, digest]];
  });
  const inputs = Object.entries(fn.inputs).sort(([a], [b]) => (a < b ? -1 : 1));
  const constants = reads(fn, 'constant')
    ? Object.entries(request.constants).map(([id, value]) => [id, tensorDigest(value.data)])
    : [];
  const about = {
    schema: 'clipx.features/1',
    features: fn.describes,
    columns: fn.columns,
    engine: { name, version, device },
    graph: graphDigest(fn.graph),
    parameters: sha256(JSON.stringify(parameters)),
    inputs: sha256(JSON.stringify([inputs, constants])),
    rowBytes,
  };
  return openFeatureStore(join(folder, sha256(JSON.stringify(about)).slice(0, 24)), rowBytes, about);
}

/** Computes one batch of what the store already has again and compares: a stale cache is noticed before it is trained on. */
async function isTrustworthy(
  store: FeatureStore,
  wanted: ReadonlyMap<string, number>,
  fields: readonly Field[],
  batchSize: number,
  compute: (indices: readonly number[]) => Promise<Uint8Array[]>,
): Promise<boolean> {
  const known = [...wanted].filter(([key]) => store.has(key)).slice(0, batchSize);
  if (known.length === 0) return true;
  const again = await compute(known.map(([, index]) => index));
  return known.every(([key], at) => {
    const row = store.read(key);
    const fresh = again[at];
    if (row === undefined || fresh === undefined) return true;
    return fields.every((field) => closeEnough(values(field, row), values(field, fresh)));
  });
}

/** Threads may add in another order; more than that is another computation. */
function closeEnough(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let k = 0; k < a.length; k++) {
    const [x = 0, y = 0] = [a[k], b[k]];
    if (Math.abs(x - y) > 1e-3 * (1 + Math.abs(x))) return false;
  }
  return true;
}

function describe(fn: FeatureFunction): string {
  return Object.values(fn.describes).join(', ') || fn.id;
}

function layoutOf(fn: FeatureFunction): { batchSize: number; fields: Field[]; rowBytes: number } {
  const column = graphInputs(fn.graph).find(({ name }) => fn.inputs[name]?.kind === 'column');
  const batchSize = column?.type.shape[0];
  invariant(batchSize, `${fn.id} reads a column`);
  let offset = 0;
  const fields: Field[] = [];
  for (const { name, node } of fn.graph.outputs) {
    const source = fn.outputs[name];
    const type = fn.graph.nodes[node]?.type;
    invariant(type !== undefined && source?.kind === 'feature', `${fn.id} gives features alone`);
    invariant(type.shape[0] === batchSize, `${fn.id}: ${name} is per sample`);
    const shape = type.shape.slice(1);
    const elements = elementCount(shape);
    fields.push({ id: source.id, output: name, dtype: type.dtype, shape, offset, elements });
    // Kept on multiples of four, so that a row can be read as floats where it lies.
    offset += Math.ceil((elements * (type.dtype === 'f32' || type.dtype === 'i32' ? 4 : 1)) / 4) * 4;
  }
  return { batchSize, fields, rowBytes: offset };
}

function values(field: Field, row: Uint8Array): Float32Array | Int32Array | Uint8Array {
  const at = row.byteOffset + field.offset;
  if (field.dtype === 'f32') return new Float32Array(row.buffer, at, field.elements);
  if (field.dtype === 'i32') return new Int32Array(row.buffer, at, field.elements);
  return new Uint8Array(row.buffer, at, field.elements);
}

function rowAt(fields: readonly Field[], rowBytes: number, results: Tensors, at: number): Uint8Array {
  const row = new Uint8Array(rowBytes);
  for (const field of fields) {
    const result = results[field.output];
    invariant(result, `the feature function gave no ${field.output}`);
    values(field, row).set(result.data.subarray(at * field.elements, (at + 1) * field.elements));
  }
  return row;
}

function gather(field: Field, rows: readonly Uint8Array[]): TensorValue {
  const shape = [rows.length, ...field.shape];
  const count = rows.length * field.elements;
  const data = field.dtype === 'f32' ? new Float32Array(count) : field.dtype === 'i32' ? new Int32Array(count) : new Uint8Array(count); // prettier-ignore
  rows.forEach((row, at) => data.set(values(field, row), at * field.elements));
  return { dtype: field.dtype, shape, data };
}
