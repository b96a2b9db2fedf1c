import { describe, expect, it } from 'vitest';
import {
  flag,
  GraphWriter,
  nodeOf,
  shapeOf,
  tensorAddress,
  text,
  type,
} from '../../../../../src/compiler/lower/targets/tensorflow/graph-writer.ts';

function writerWithInput(): { readonly writer: GraphWriter; readonly x: string } {
  const writer = new GraphWriter();
  return { writer, x: writer.placeholder('x', 'f32', [2, 3]) };
}

describe('GraphWriter', () => {
  it('writes an equal pure node once, and one that differs in an attribute again', () => {
    const { writer, x } = writerWithInput();
    const sum = (keep: boolean): string => writer.node('Sum', [x, writer.int32s([0])], { keep_dims: flag(keep) });
    expect(sum(true)).toBe(sum(true));
    expect(sum(true)).not.toBe(sum(false));
    expect(writer.nodes.map(({ op }) => op)).toEqual(['Placeholder', 'Const', 'Sum', 'Sum']);
  });

  it('takes types from the operands', () => {
    const { writer, x } = writerWithInput();
    const y = writer.node('Cast', [x], { DstT: type('i32') });
    expect(writer.dtypeOf(y)).toBe('i32');
    expect(writer.nodes.at(-1)?.attributes['SrcT']).toEqual({ kind: 'type', value: 'f32' });
    const isLess = writer.node('Less', [y, writer.scalar('i32', 3)]);
    expect(writer.dtypeOf(isLess)).toBe('bool');
    expect(writer.nodes.at(-1)?.attributes['T']).toEqual({ kind: 'type', value: 'i32' });
  });

  it('counts the operands of operations that take any number', () => {
    const { writer, x } = writerWithInput();
    writer.node('ConcatV2', [x, x, x, writer.scalar('i32', 0)]);
    expect(writer.nodes.at(-1)?.attributes).toMatchObject({ N: { value: 3 }, Tidx: { value: 'i32' } });
  });

  it('never makes one of two reads of a variable', () => {
    const writer = new GraphWriter();
    const attributes = { dtype: type('f32'), shape: shapeOf([3]), container: text(''), shared_name: text('w') };
    const handle = writer.node('VarHandleOp', [], attributes, { name: 'w' });
    expect(writer.dtypeOf(handle)).toBe('resource');
    const read = (): string => writer.node('ReadVariableOp', [handle], { dtype: type('f32') });
    expect(read()).not.toBe(read());
  });

  it('writes control inputs last, each node once, and returns the name of a node without results', () => {
    const { writer, x } = writerWithInput();
    const [, indices = ''] = writer.nodeWithResults('TopKV2', [x, writer.scalar('i32', 1)], { sorted: flag(true) });
    const done = writer.node('NoOp', [], {}, { after: [indices, 'TopKV2_0', x], name: 'done' });
    expect(done).toBe('done');
    expect(writer.nodes.at(-1)?.inputs).toEqual(['^TopKV2_0', '^x']);
    expect(nodeOf(indices)).toBe('TopKV2_0');
    expect([tensorAddress(x), tensorAddress(indices)]).toEqual(['x:0', 'TopKV2_0:1']);
  });

  it('keeps constants of equal bytes and another type or shape apart', () => {
    const writer = new GraphWriter();
    const zeros = [
      writer.constant('f32', [2], [0]),
      writer.constant('i32', [2], [0]),
      writer.constant('f32', [1, 2], [0]),
      writer.constant('f32', [2], [0, 0]),
    ];
    expect(new Set(zeros).size).toBe(3);
  });

  it('keeps 0 and -0 apart', () => {
    const writer = new GraphWriter();
    expect(writer.scalar('f32', 0)).not.toBe(writer.scalar('f32', -0));
  });

  it.each(['a,b', 'a b', 'é', '', '_x', 'a:0'])('refuses the name "%s"', (name) => {
    expect(() => new GraphWriter().placeholder(name, 'f32', [])).toThrow('no name of a TensorFlow node');
  });

  it('refuses a name twice, and makes names that are free', () => {
    const writer = new GraphWriter();
    const x = writer.placeholder('Exp_0', 'f32', []);
    expect(writer.node('Exp', [x])).toBe('Exp_1');
    expect(() => writer.placeholder('Exp_1', 'f32', [])).toThrow('two nodes are called Exp_1');
  });
});
