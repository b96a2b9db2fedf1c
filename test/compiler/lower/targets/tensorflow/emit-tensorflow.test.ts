import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Graph, type NodeId } from '../../../../../src/compiler/ir/graph.ts';
import { emitTensorflow } from '../../../../../src/compiler/lower/targets/tensorflow/emit-tensorflow.ts';
import { operations, type Operation } from '../../../../../src/compiler/lower/targets/tensorflow/operations.ts';
import { savedModelProto } from '../../../../../src/compiler/lower/targets/tensorflow/tensorflow-proto.ts';
import { opNames, randomCase } from '../../../../support/op-cases.ts';
import { Random } from '../../../../support/random.ts';
import { caseGraph } from '../../../../conformance/case-graph.ts';
import { conformanceCases } from '../../../../conformance/cases.ts';

interface TensorInfo {
  readonly name: string;
  readonly dtype: number;
  readonly tensorShape: { readonly dim: readonly { readonly size: unknown }[] };
}

interface DecodedNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, object>>;
}

interface Decoded {
  readonly savedModelSchemaVersion: unknown;
  readonly metaGraphs: readonly {
    readonly metaInfoDef: { readonly tags: readonly string[] };
    readonly graphDef: { readonly node: readonly DecodedNode[]; readonly versions: { readonly producer: number } };
    readonly signatureDef: Readonly<
      Record<string, { inputs: Record<string, TensorInfo>; outputs: Record<string, TensorInfo> }>
    >;
  }[];
}

type MetaGraph = Decoded['metaGraphs'][number];

function decoded(bytes: Uint8Array): MetaGraph {
  const message = savedModelProto.decode(bytes);
  const model = savedModelProto.toObject(message, { arrays: true, objects: true, longs: Number }) as Decoded;
  expect(model.metaGraphs).toHaveLength(1);
  return model.metaGraphs[0]!;
}

function built(build: (builder: GraphBuilder) => void): MetaGraph {
  const builder = new GraphBuilder('g');
  build(builder);
  return decoded(emitTensorflow(builder.finish()));
}

const input = (builder: GraphBuilder, name: string, ...shape: number[]): NodeId =>
  builder.add('input', [], { name, dtype: 'f32', shape });

/** Without leaves and copies. */
const kernels = ({ graphDef }: MetaGraph): string[] =>
  graphDef.node.map(({ op }) => op).filter((op) => op !== 'Placeholder' && op !== 'Const' && op !== 'Identity');

const sizes = ({ tensorShape }: TensorInfo): unknown[] => tensorShape.dim.map(({ size }) => size);

function expectLegal({ graphDef, signatureDef }: MetaGraph): void {
  const written = new Map<string, number>();
  for (const { name, op, input: operands, attr } of graphDef.node) {
    expect(name).toMatch(/^[A-Za-z0-9.][A-Za-z0-9_./-]*$/);
    expect(written.has(name), `${name} twice`).toBe(false);
    const operation: Operation | undefined = (operations as Readonly<Record<string, Operation>>)[op];
    expect(operation, op).toBeDefined();
    const expected = [...Object.keys(operation!.types), ...(operation!.count ? [operation!.count.attribute] : [])];
    expect(Object.keys(attr), `attributes of ${op}`).toEqual(expect.arrayContaining(expected));
    for (const value of Object.values(attr)) expect(Object.keys(value)).toHaveLength(1);
    for (const operand of operands) {
      const [from = '', at = '0'] = operand.replace(/^\^/, '').split(':');
      expect(written.get(from) ?? -1, `${operand} before ${name}`).toBeGreaterThan(Number(at));
    }
    written.set(name, operation!.results.length);
  }
  for (const { inputs, outputs } of Object.values(signatureDef)) {
    expect(Object.keys(outputs).length).toBeGreaterThan(0);
    for (const { name, tensorShape, dtype } of [...Object.values(inputs), ...Object.values(outputs)]) {
      expect(name).toMatch(/^[^,:]+:0$/);
      expect(written.has(name.slice(0, -2))).toBe(true);
      expect(tensorShape).toBeDefined();
      expect(dtype).toBeGreaterThan(0);
    }
  }
}

function randomGraph(op: (typeof opNames)[number], seed: number): Graph {
  const builder = new GraphBuilder('random');
  const { inputs, attributes } = randomCase(op, new Random(seed));
  const operands = inputs.map(({ dtype = 'f32', shape }, at) =>
    builder.add('input', [], { name: `x, ${at}`, dtype, shape }),
  );
  builder.output('y', builder.add(op, operands, attributes));
  return builder.finish();
}

describe('emitTensorflow', () => {
  it('writes one graph for serving, with a signature whose names are numbers', () => {
    const { metaInfoDef, graphDef, signatureDef } = built((builder) => {
      const x = input(builder, 'images, x', 2, 3);
      builder.output('Bäume, y', builder.add('exp', [x], {}));
      builder.output('sum', builder.add('reduce_sum', [x], { axes: [0, 1], keep: false }));
    });
    expect(metaInfoDef.tags).toEqual(['serve']);
    expect(graphDef.versions.producer).toBe(1087);
    expect(Object.keys(signatureDef)).toEqual(['main']);
    const { inputs, outputs } = signatureDef['main']!;
    expect(Object.entries(inputs).map(([name, info]) => [name, info.name, info.dtype, sizes(info)])).toEqual([
      ['input_0', 'input_0:0', 1, [2, 3]],
    ]);
    expect(Object.entries(outputs).map(([name, info]) => [name, info.name, info.dtype, sizes(info)])).toEqual([
      ['output_0', 'output_0:0', 1, [2, 3]],
      ['output_1', 'output_1:0', 1, []],
    ]);
  });

  it('gives an output that is an input, or an output already, a node of its own', () => {
    const { graphDef } = built((builder) => {
      const x = input(builder, 'x', 2);
      const y = builder.add('exp', [x], {});
      for (const name of ['y', 'again']) builder.output(name, y);
      builder.output('same', x);
    });
    expect(graphDef.node.map(({ name, op, input: operands }) => [op, name, ...operands])).toEqual([
      ['Placeholder', 'input_0'],
      ['Exp', 'Exp_0', 'input_0'],
      ['Identity', 'output_0', 'Exp_0'],
      ['Identity', 'output_1', 'Exp_0'],
      ['Identity', 'output_2', 'input_0'],
    ]);
  });

  it('declares inputs that nobody uses, and leaves out nodes that nobody needs', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 2);
      builder.add('exp', [input(builder, 'unused', 3)], {});
      builder.output('y', builder.add('neg', [x], {}));
    });
    expect(Object.keys(graph.signatureDef['main']!.inputs)).toEqual(['input_0', 'input_1']);
    expect(kernels(graph)).toEqual(['Neg']);
  });

  it.each(opNames)('writes legal nodes with all types for %s', (op) => {
    for (const given of conformanceCases[op]) expectLegal(decoded(emitTensorflow(caseGraph(given).graph)));
    for (let seed = 1; seed <= 3; seed++) expectLegal(decoded(emitTensorflow(randomGraph(op, seed))));
  });

  it('writes MatMul and BiasAdd next to each other, through a reshape too, for TensorFlow to fuse', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 6, 3);
      const product = builder.add('matmul', [x, input(builder, 'w', 5, 3)], { transposeA: false, transposeB: true });
      const stack = builder.add('reshape', [product], { shape: [2, 3, 5] });
      builder.output('y', builder.add('add', [stack, input(builder, 'b', 5)], {}));
    });
    expect(kernels(graph)).toEqual(['MatMul', 'BiasAdd', 'Reshape']);
    const [product, biased] = graph.graphDef.node.filter(({ op }) => op === 'MatMul' || op === 'BiasAdd');
    expect(product?.attr).toMatchObject({ transpose_a: { b: false }, transpose_b: { b: true }, T: { type: 1 } });
    expect(product?.input).toEqual(['input_0', 'input_1']);
    expect(biased?.input).toEqual([product?.name, 'input_2']);
  });

  it('leaves a product alone that somebody else uses', () => {
    const graph = built((builder) => {
      const flags = { transposeA: false, transposeB: false };
      const product = builder.add('matmul', [input(builder, 'x', 6, 3), input(builder, 'w', 3, 5)], flags);
      builder.output('y', builder.add('add', [product, input(builder, 'b', 5)], {}));
      builder.output('product', product);
    });
    expect(kernels(graph)).toEqual(['MatMul', 'AddV2']);
  });

  it('makes one product of a stack and a matrix', () => {
    const graph = built((builder) => {
      const flags = { transposeA: false, transposeB: false };
      builder.output('y', builder.add('matmul', [input(builder, 'x', 2, 6, 3), input(builder, 'w', 3, 5)], flags));
    });
    expect(kernels(graph)).toEqual(['Reshape', 'MatMul', 'Reshape']);
  });

  it('does not expand what the kernel repeats by itself', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 3, 4);
      const row = builder.add('broadcast', [input(builder, 'r', 4)], { shape: [3, 4] });
      const two = builder.add('constant', [], { dtype: 'f32', shape: [3, 4], values: [2] });
      builder.output('y', builder.add('mul', [builder.add('add', [x, row], {}), two], {}));
    });
    expect(kernels(graph)).toEqual(['AddV2', 'Mul']);
  });

  it('takes the gradient of relu as one kernel', () => {
    const graph = built((builder) => {
      const [x, dy] = [input(builder, 'x', 3, 4), input(builder, 'dy', 3, 4)];
      const mask = builder.add('sign', [builder.add('relu', [x], {})], {});
      builder.output('dx', builder.add('mul', [mask, dy], {}));
    });
    expect(kernels(graph)).toEqual(['Relu', 'ReluGrad']);
    expect(graph.graphDef.node.find(({ op }) => op === 'ReluGrad')?.input).toEqual(['input_1', 'Relu_0']);
  });

  it.each([
    ['i32', 'relu', [3, 4]],
    ['f32', 'abs', [3, 4]],
    ['f32', 'relu', [4]],
  ] as const)('leaves other products with a sign alone: %s, %s, %j', (dtype, op, shape) => {
    const graph = built((builder) => {
      const x = builder.add('input', [], { name: 'x', dtype, shape });
      const dy = builder.add('input', [], { name: 'dy', dtype, shape: [3, 4] });
      builder.output('dx', builder.add('mul', [dy, builder.add('sign', [builder.add(op, [x], {})], {})], {}));
    });
    expect(kernels(graph).slice(1)).toEqual(['Sign', 'Mul']);
  });

  it('sums the rows of a matrix as a bias gets its gradient', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 4, 8, 64);
      builder.output('rows', builder.add('reduce_sum', [x], { axes: [0, 1], keep: true }));
      builder.output('columns', builder.add('reduce_sum', [x], { axes: [2], keep: true }));
    });
    expect(kernels(graph)).toEqual(['Reshape', 'BiasAddGrad', 'Reshape', 'Sum']);
  });

  it('keeps a large fill one number', () => {
    const builder = new GraphBuilder('g');
    builder.output('y', builder.add('constant', [], { dtype: 'f32', shape: [1000, 1000], values: [0.5] }));
    expect(emitTensorflow(builder.finish()).length).toBeLessThan(1000);
  });

  it('computes what is asked for twice once', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 4, 6);
      builder.output('values', builder.add('top_k_values', [x], { k: 2 }));
      builder.output('indices', builder.add('top_k_indices', [x], { k: 2 }));
    });
    expect(kernels(graph)).toEqual(['TopKV2']);
    expect(graph.graphDef.node.filter(({ op }) => op === 'Identity').map(({ input: [from] }) => from)).toEqual([
      'TopKV2_0',
      'TopKV2_0:1',
    ]);
  });

  it('writes the same bytes for the same graph', () => {
    const [first, second] = [1, 2].map(() => {
      const builder = new GraphBuilder('g');
      builder.output('y', builder.add('gelu', [input(builder, 'x', 3)], {}));
      return emitTensorflow(builder.finish());
    });
    expect(first).toEqual(second);
  });

  it('takes a chain of ten thousand nodes', () => {
    const graph = built((builder) => {
      let x = input(builder, 'x', 2);
      for (let step = 0; step < 10_000; step++) x = builder.add(step % 2 === 0 ? 'neg' : 'abs', [x], {});
      builder.output('y', x);
    });
    expect(kernels(graph)).toHaveLength(10_000);
  });
});
