import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Graph, type NodeId } from '../../../../../src/compiler/ir/graph.ts';
import { emitOnnx } from '../../../../../src/compiler/lower/targets/onnx/emit-onnx.ts';
import { modelProto } from '../../../../../src/compiler/lower/targets/onnx/onnx-proto.ts';

interface Decoded {
  readonly graph: {
    readonly node: readonly {
      readonly opType: string;
      readonly input: readonly string[];
      readonly output: readonly string[];
    }[];
    readonly initializer: readonly { readonly name: string }[];
    readonly input: readonly { readonly name: string }[];
    readonly output: readonly { readonly name: string }[];
  };
}

function lowered(graph: Graph): Decoded['graph'] {
  const message = modelProto.decode(emitOnnx(graph));
  return (modelProto.toObject(message, { arrays: true }) as Decoded).graph;
}

function built(build: (builder: GraphBuilder) => void): Decoded['graph'] {
  const builder = new GraphBuilder('g');
  build(builder);
  return lowered(builder.finish());
}

const input = (builder: GraphBuilder, name: string, ...shape: number[]): NodeId =>
  builder.add('input', [], { name, dtype: 'f32', shape });

const ops = (graph: Decoded['graph']): string[] => graph.node.map(({ opType }) => opType);

describe('emitOnnx', () => {
  it('gives values the names of the outputs they are, and copies only what cannot be renamed', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 2);
      const y = builder.add('exp', [x], {});
      builder.output('y', y);
      builder.output('again', y);
      builder.output('same', x);
    });
    expect(graph.output.map(({ name }) => name)).toEqual(['y', 'again', 'same']);
    expect(graph.node.map(({ opType, input, output }) => [opType, ...input, ...output])).toEqual([
      ['Exp', 'x', 'y'],
      ['Identity', 'y', 'again'],
      ['Identity', 'x', 'same'],
    ]);
  });

  it('keeps inner names apart from those of inputs and outputs', () => {
    const graph = built((builder) => {
      let x = input(builder, 'v0', 2);
      for (let step = 0; step < 3; step++) x = builder.add('exp', [x], {});
      builder.output('v1', x);
    });
    const defined = [...graph.input.map(({ name }) => name), ...graph.node.flatMap(({ output }) => output)];
    expect(new Set(defined).size).toBe(defined.length);
    expect(graph.node.at(-1)?.output).toEqual(['v1']);
  });

  it('defines every value before it is used', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 4, 8);
      const scale = input(builder, 'scale', 8);
      const mean = builder.add('moment_mean', [x], { axes: [1] });
      const bias = builder.add('exp', [scale], {});
      builder.output('norm', builder.add('layer_norm', [x, scale, bias], { epsilon: 1e-5 }));
      builder.output('mean', mean);
    });
    const defined = new Set([...graph.input, ...graph.initializer].map(({ name }) => name));
    for (const { input: operands, output } of graph.node) {
      for (const operand of operands) expect(defined).toContain(operand);
      for (const name of output) defined.add(name);
    }
  });

  it('declares inputs that nobody uses, and leaves out nodes that nobody needs', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 2);
      builder.add('exp', [input(builder, 'unused', 3)], {});
      builder.output('y', builder.add('neg', [x], {}));
    });
    expect(graph.input.map(({ name }) => name)).toEqual(['x', 'unused']);
    expect(ops(graph)).toEqual(['Neg']);
  });

  it('makes one Gemm of a product and its bias, through a reshape too', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 6, 3);
      const product = builder.add('matmul', [x, input(builder, 'w', 5, 3)], { transposeA: false, transposeB: true });
      const stack = builder.add('reshape', [product], { shape: [2, 3, 5] });
      builder.output('y', builder.add('add', [stack, input(builder, 'b', 5)], {}));
    });
    expect(ops(graph)).toEqual(['Gemm', 'Reshape']);
    expect(graph.node[0]?.input).toEqual(['x', 'w', 'b']);
  });

  it('leaves a product alone that somebody else uses', () => {
    const graph = built((builder) => {
      const flags = { transposeA: false, transposeB: false };
      const product = builder.add('matmul', [input(builder, 'x', 6, 3), input(builder, 'w', 3, 5)], flags);
      builder.output('y', builder.add('add', [product, input(builder, 'b', 5)], {}));
      builder.output('product', product);
    });
    expect(ops(graph)).toEqual(['Gemm', 'Add']);
  });

  it('takes the moments of a layer norm from the layer norm', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 4, 8);
      const norm = builder.add('layer_norm', [x, input(builder, 's', 8), input(builder, 'b', 8)], { epsilon: 1e-5 });
      builder.output('norm', norm);
      builder.output('mean', builder.add('moment_mean', [x], { axes: [1] }));
      builder.output('rstd', builder.add('moment_rstd', [x], { axes: [1], epsilon: 1e-5 }));
    });
    expect(ops(graph)).toEqual(['LayerNormalization']);
    expect(graph.node[0]?.output).toEqual(['norm', 'mean', 'rstd']);
  });

  it('computes moments itself where epsilon or axes are others', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 4, 8);
      const norm = builder.add('layer_norm', [x, input(builder, 's', 8), input(builder, 'b', 8)], { epsilon: 1e-5 });
      builder.output('norm', norm);
      builder.output('mean', builder.add('moment_mean', [x], { axes: [0] }));
      builder.output('rstd', builder.add('moment_rstd', [x], { axes: [1], epsilon: 1e-6 }));
    });
    expect(ops(graph)).toContain('ReduceMean');
    expect(graph.node.find(({ opType }) => opType === 'LayerNormalization')?.output).toEqual(['norm']);
  });

  it('shares the columns of a convolution with the gradient of its filter', () => {
    const attributes = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
    const graph = built((builder) => {
      const x = input(builder, 'x', 2, 6, 6, 3);
      const y = builder.add('conv2d', [x, input(builder, 'f', 3, 3, 3, 4)], attributes);
      builder.output('y', y);
      builder.output('df', builder.add('conv2d_grad_filter', [x, y], { ...attributes, filterShape: [3, 3, 3, 4] }));
    });
    expect(ops(graph).filter((op) => op === 'Gather')).toHaveLength(1);
    expect(ops(graph).filter((op) => op === 'Gemm')).toHaveLength(2);
  });

  it('does not expand what the kernel repeats by itself', () => {
    const graph = built((builder) => {
      const x = input(builder, 'x', 3, 4);
      const row = builder.add('broadcast', [input(builder, 'r', 4)], { shape: [3, 4] });
      const two = builder.add('constant', [], { dtype: 'f32', shape: [3, 4], values: [2] });
      builder.output('y', builder.add('mul', [builder.add('add', [x, row], {}), two], {}));
    });
    expect(ops(graph)).toEqual(['Add', 'Mul']);
  });

  it('writes the same bytes for the same graph', () => {
    const [first, second] = [1, 2].map(() => {
      const builder = new GraphBuilder('g');
      builder.output('y', builder.add('gelu', [input(builder, 'x', 3)], {}));
      return emitOnnx(builder.finish());
    });
    expect(first).toEqual(second);
  });

  it('takes a chain of ten thousand nodes', () => {
    const graph = built((builder) => {
      let x = input(builder, 'x', 2);
      for (let step = 0; step < 10_000; step++) x = builder.add(step % 2 === 0 ? 'neg' : 'abs', [x], {});
      builder.output('y', x);
    });
    expect(graph.node).toHaveLength(10_000);
  });
});
