import { invariant } from '../../../common/invariant.ts';
import type { Shape } from '../../../types/dtype.ts';
import { isTensorflowDType, operations, type Operation, type OperationName } from './operations.ts';
import type {
  TensorflowAttribute,
  TensorflowAttributes,
  TensorflowConstant,
  TensorflowDType,
  TensorflowNode,
} from './tensorflow-proto.ts';

/** A tensor of the TensorFlow graph being written: `node`, or `node:1` for its second result. */
export type TensorName = string;

export interface NodeOptions {
  /** The node's name, legal and not yet taken; else one is made from the operation. */
  readonly name?: string;
  /** Nodes that must have run before. Only these: a control edge keeps TensorFlow from fusing a kernel with its neighbours. */
  readonly after?: readonly TensorName[];
}

const arrayOf = {
  f32: (values: readonly number[]) => Float32Array.from(values),
  i32: (values: readonly number[]) => Int32Array.from(values),
  i64: (values: readonly number[]) => BigInt64Array.from(values.map(BigInt)),
  u8: (values: readonly number[]) => Uint8Array.from(values),
  bool: (values: readonly number[]) => Uint8Array.from(values),
} satisfies Record<Exclude<TensorflowDType, 'resource'>, (values: readonly number[]) => ArrayBufferView>;

/**
 * Collects the nodes of one TensorFlow graph, in an order in which operands come first. Equal constants and equal pure nodes are
 * written once; type attributes are written from the operands' types (`operations.ts`). Several functions may share a writer.
 */
export class GraphWriter {
  readonly nodes: TensorflowNode[] = [];
  readonly #resultsByContent = new Map<string, readonly TensorName[]>();
  readonly #constants = new Map<string, { readonly constant: TensorflowConstant; readonly tensor: TensorName }[]>();
  readonly #dtypes = new Map<TensorName, TensorflowDType>();
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** Adds a node and returns its first result (its name, if it has none). */
  node(
    op: OperationName,
    inputs: readonly TensorName[],
    attributes: TensorflowAttributes = {},
    options: NodeOptions = {},
  ): TensorName {
    return this.nodeWithResults(op, inputs, attributes, options)[0] ?? '';
  }

  /** As `node`, with all results. For an operation without results, the node's name, to be run or waited for. */
  nodeWithResults(
    op: OperationName,
    inputs: readonly TensorName[],
    attributes: TensorflowAttributes = {},
    options: NodeOptions = {},
  ): readonly TensorName[] {
    const operation: Operation = operations[op];
    const all = { ...attributes, ...this.#derivedAttributes(op, operation, inputs, attributes) };
    const controls = [...new Set((options.after ?? []).map((tensor) => `^${nodeOf(tensor)}`))];
    const isShared = operation.isStateful !== true && options.name === undefined;
    const key = isShared ? `${op}(${[...inputs, ...controls].join()})${JSON.stringify(sorted(all))}` : '';
    const known = isShared ? this.#resultsByContent.get(key) : undefined;
    if (known !== undefined) return known;
    const name = this.#claim(options.name ?? this.#freshName(op));
    this.nodes.push({ op, name, inputs: [...inputs, ...controls], attributes: all });
    const results = operation.results.map((_, at) => (at === 0 ? name : `${name}:${at}`));
    for (const [at, type] of operation.results.entries()) {
      this.#dtypes.set(results[at] ?? '', resultType(op, type, all));
    }
    const returned = results.length === 0 ? [name] : results;
    if (isShared) this.#resultsByContent.set(key, returned);
    return returned;
  }

  /** A tensor fed from outside. */
  placeholder(name: string, dtype: TensorflowDType, shape: Shape): TensorName {
    return this.node('Placeholder', [], { dtype: type(dtype), shape: { kind: 'shape', value: shape } }, { name });
  }

  /** What a tensor holds. */
  dtypeOf(tensor: TensorName): TensorflowDType {
    const dtype = this.#dtypes.get(tensor);
    invariant(dtype, `${tensor} is not a tensor of the graph`);
    return dtype;
  }

  /** A 1-D int32 tensor: shapes, axes, starts. */
  int32s(values: readonly number[]): TensorName {
    return this.tensor('i32', [values.length], Int32Array.from(values));
  }

  /** A 0-D tensor. */
  scalar(dtype: Exclude<TensorflowDType, 'resource'>, value: number): TensorName {
    return this.constant(dtype, [], [value]);
  }

  /** Row-major values; a single one fills the shape. */
  constant(dtype: Exclude<TensorflowDType, 'resource'>, shape: Shape, values: readonly number[]): TensorName {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const [first = 0] = values;
    const all = values.length === count ? values : Array.from({ length: count }, () => first);
    return this.tensor(dtype, shape, arrayOf[dtype](all));
  }

  /** A constant of these elements. */
  tensor(
    dtype: Exclude<TensorflowDType, 'resource'>,
    shape: Shape,
    data: Float32Array | Int32Array | BigInt64Array | Uint8Array,
  ): TensorName {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${dtype}[${shape.join()}]${fingerprint(bytes)}`;
    const alike = this.#constants.get(key) ?? [];
    const known = alike.find(({ constant }) => sameBytes(constant.bytes, bytes));
    if (known !== undefined) return known.tensor;
    const constant = { dtype, shape, bytes };
    const name = this.#claim(this.#freshName('Const'));
    const attributes = { dtype: type(dtype), value: { kind: 'tensor', value: constant } } as const;
    this.nodes.push({ op: 'Const', name, inputs: [], attributes });
    this.#dtypes.set(name, dtype);
    this.#constants.set(key, [...alike, { constant, tensor: name }]);
    return name;
  }

  #derivedAttributes(
    op: OperationName,
    { types, count }: Operation,
    inputs: readonly TensorName[],
    given: TensorflowAttributes,
  ): TensorflowAttributes {
    const derived: Record<string, TensorflowAttribute> = {};
    for (const [attribute, source] of Object.entries(types)) {
      if (source === 'given') invariant(given[attribute]?.kind === 'type', `${op} needs the type ${attribute}`);
      else derived[attribute] = type(this.dtypeOf(inputs.at(source) ?? ''));
    }
    if (count !== undefined) derived[count.attribute] = int(inputs.length - count.besides);
    return derived;
  }

  #freshName(op: string): string {
    let name: string;
    do {
      const count = this.#counts.get(op) ?? 0;
      this.#counts.set(op, count + 1);
      name = `${op}_${count}`;
    } while (this.#taken.has(name));
    return name;
  }

  #claim(name: string): string {
    invariant(isLegalName(name), `"${name}" is no name of a TensorFlow node`);
    invariant(!this.#taken.has(name), `two nodes are called ${name}`);
    this.#taken.add(name);
    return name;
  }
}

/** TensorFlow's law for names of nodes. */
function isLegalName(name: string): boolean {
  return /^[A-Za-z0-9.][A-Za-z0-9_./-]*$/.test(name);
}

/** The node that a tensor comes from. */
export function nodeOf(tensor: TensorName): string {
  return tensor.split(':', 1)[0] ?? tensor;
}

/** The tensor as feeds and fetches call it: always with the number of the result. */
export function tensorAddress(tensor: TensorName): string {
  return tensor.includes(':') ? tensor : `${tensor}:0`;
}

function resultType(op: string, result: string, attributes: TensorflowAttributes): TensorflowDType {
  if (isTensorflowDType(result)) return result;
  const attribute = attributes[result];
  invariant(attribute?.kind === 'type', `${op} has no type attribute ${result}`);
  return attribute.value;
}

function sorted(attributes: TensorflowAttributes): readonly (readonly [string, TensorflowAttribute])[] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
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

// ── attributes ───────────────────────────────────────────────────────

export function int(value: number): TensorflowAttribute {
  return { kind: 'int', value };
}

export function ints(value: readonly number[]): TensorflowAttribute {
  return { kind: 'ints', value };
}

export function float(value: number): TensorflowAttribute {
  return { kind: 'float', value };
}

export function flag(value: boolean): TensorflowAttribute {
  return { kind: 'bool', value };
}

export function text(value: string): TensorflowAttribute {
  return { kind: 'string', value };
}

export function type(value: TensorflowDType): TensorflowAttribute {
  return { kind: 'type', value };
}

export function shapeOf(value: Shape): TensorflowAttribute {
  return { kind: 'shape', value };
}
