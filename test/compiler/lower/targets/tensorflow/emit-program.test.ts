import { describe, expect, it } from 'vitest';
import { emitTensorflowProgram } from '../../../../../src/compiler/lower/targets/tensorflow/emit-program.ts';
import { savedModelProto } from '../../../../../src/compiler/lower/targets/tensorflow/tensorflow-proto.ts';
import { tinyProgram, type TinyOptions } from '../../../../runtime/support/tiny-experiment.ts';

type Entries = Readonly<Record<string, { readonly name: string }>>;

interface Decoded {
  readonly metaGraphs: readonly {
    readonly graphDef: { readonly node: readonly { readonly name: string; readonly op: string }[] };
    readonly signatureDef: Readonly<Record<string, { readonly inputs: Entries; readonly outputs: Entries }>>;
  }[];
}

function emitted(options: TinyOptions) {
  const message = savedModelProto.decode(emitTensorflowProgram(tinyProgram(options)));
  const [graph] = (savedModelProto.toObject(message, { arrays: true, objects: true }) as Decoded).metaGraphs;
  if (graph === undefined) throw new Error('no graph');
  const variables = graph.graphDef.node.filter(({ op }) => op === 'VarHandleOp').length;
  return { signatures: graph.signatureDef, nodes: new Set(graph.graphDef.node.map(({ name }) => name)), variables };
}

describe('a program as a SavedModel', () => {
  it.each([
    ['neither averages nor accumulates', {}, [], 0],
    ['averages', { average: 0.9 }, ['averages/settled', 'averages/started', 'averages/swapped'], 3],
    ['accumulates', { accumulate: 2 }, ['gather/first', 'gather/next'], 3],
  ] as const)('that %s has signatures and variables for that alone', (_, options, more, variables) => {
    const plain = emitted({});
    const { signatures, nodes, variables: all } = emitted(options);
    const added = Object.keys(signatures).filter((name) => !Object.hasOwn(plain.signatures, name));
    expect(added.sort()).toEqual(more.map((name) => `main/step/${name}`));
    expect(all - plain.variables).toBe(variables);
    for (const [name, { inputs, outputs }] of Object.entries(signatures)) {
      expect(Object.keys(outputs), name).not.toEqual([]);
      for (const { name: tensor } of [...Object.values(inputs), ...Object.values(outputs)])
        expect(nodes, name).toContain(tensor.replace(/:\d+$/u, ''));
    }
  });
});
