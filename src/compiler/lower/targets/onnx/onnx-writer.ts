import type { Shape } from '../../../types/dtype.ts';
import type { OnnxAttribute, OnnxDType, OnnxInitializer, OnnxNode } from './onnx-proto.ts';

/** A value of the ONNX graph being written: what one node's output is called. */
export type OnnxName = string;

const arrayOf = {
  f32: (values: readonly number[]) => Float32Array.from(values),
  i32: (values: readonly number[]) => Int32Array.from(values),
  i64: (values: readonly number[]) => BigInt64Array.from(values.map(BigInt)),
  u8: (values: readonly number[]) => Uint8Array.from(values),
  bool: (values: readonly number[]) => Uint8Array.from(values),
} satisfies Record<OnnxDType, (values: readonly number[]) => ArrayBufferView>;

/** Collects nodes and initialisers; equal initialisers and equal pure nodes are written once. */
export class OnnxWriter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxInitializer[] = [];
  readonly #nodeByContent = new Map<string, OnnxName[]>();
  readonly #initializerByContent = new Map<string, OnnxInitializer & { readonly bytes: Uint8Array }>();
  readonly #taken: Set<string>;
  #next = 0;

  /** `reserved` are names of graph inputs and outputs, which no inner value may take. */
  constructor(reserved: Iterable<string>) {
    this.#taken = new Set(reserved);
  }

  /** Adds a node with one result. A second node with the same operands and attributes is the first. */
  node(opType: string, inputs: readonly OnnxName[], attributes: readonly OnnxAttribute[] = []): OnnxName {
    return this.nodeWithResults(opType, inputs, attributes, [true])[0] ?? '';
  }

  /** As `node`, with one name per result; a result that is not `wanted` is left out (empty name). */
  nodeWithResults(
    opType: string,
    inputs: readonly OnnxName[],
    attributes: readonly OnnxAttribute[],
    wanted: readonly boolean[],
  ): OnnxName[] {
    const key = `${opType}(${inputs.join()})${JSON.stringify(attributes)}${wanted.join()}`;
    const known = this.#nodeByContent.get(key);
    if (known !== undefined) return known;
    const outputs = wanted.map((isWanted) => (isWanted ? this.#fresh() : ''));
    this.nodes.push({ opType, name: `${opType}_${this.nodes.length}`, inputs, outputs, attributes });
    this.#nodeByContent.set(key, outputs);
    return outputs;
  }

  /** A 1-D int64 tensor: shapes, axes, starts. */
  int64s(values: readonly number[]): OnnxName {
    return this.tensor('i64', [values.length], new BigInt64Array(values.map(BigInt)));
  }

  /** A 0-D tensor. */
  scalar(dtype: OnnxDType, value: number): OnnxName {
    return this.constant(dtype, [], [value]);
  }

  /** Row-major values; a single one fills the shape. */
  constant(dtype: OnnxDType, shape: Shape, values: readonly number[]): OnnxName {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const [first = 0] = values;
    const all = values.length === count ? values : Array.from({ length: count }, () => first);
    return this.tensor(dtype, shape, arrayOf[dtype](all));
  }

  /** An initialiser of these elements. */
  tensor(dtype: OnnxDType, shape: Shape, data: Float32Array | Int32Array | BigInt64Array | Uint8Array): OnnxName {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${dtype}[${shape.join()}]${fingerprint(bytes)}`;
    const known = this.#initializerByContent.get(key);
    if (known !== undefined && sameBytes(known.bytes, bytes)) return known.name;
    const initializer = { name: this.#fresh(), dtype, shape, bytes };
    this.initializers.push(initializer);
    this.#initializerByContent.set(key, initializer);
    return initializer.name;
  }

  #fresh(): OnnxName {
    let name: string;
    do {
      name = `v${this.#next}`;
      this.#next += 1;
    } while (this.#taken.has(name));
    this.#taken.add(name);
    return name;
  }
}

/** FNV-1a over 32 bits. Equal bytes are compared in full: it only has to be good. */
function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

export function int(name: string, value: number): OnnxAttribute {
  return { name, kind: 'int', value };
}

export function float(name: string, value: number): OnnxAttribute {
  return { name, kind: 'float', value };
}

export function text(name: string, value: string): OnnxAttribute {
  return { name, kind: 'string', value };
}
