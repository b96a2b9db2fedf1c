import { expect, it } from 'vitest';
import { compile } from '../../../src/compiler/compile.ts';
import { repositoryHost } from '../../support/repository-host.ts';

const text = `clipx 1

experiment two_readers "Each stage reads the same text with a tower of its own"

input said : text
data train = jsonl("train.jsonl") { said: "said" }

trainable encoder long  = text_transformer(context: 16, vocabulary: 64, width: 8, layers: 1, heads: 2)
trainable encoder brief = text_transformer(context: 12, vocabulary: 64, width: 8, layers: 1, heads: 2)

loss L = mean(long(said) ^ 2)
loss B = mean(brief(said) ^ 2)

stage first { minimize L  train on train { steps: 1  batch: 2  optimizer: sgd(lr: 0.1) } }
stage then after first { minimize B  train on train { steps: 1  batch: 2  optimizer: sgd(lr: 0.1) } }
`;

it('a text is cut for the towers of all stages, each of which is given its own tokens', () => {
  const { program, diagnostics } = compile({ path: 'two-readers.clipx', text, host: repositoryHost });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const cut = program?.columns.flatMap((column) => (column.kind === 'text' ? [[column.name, column.tokenizer]] : []));
  expect(cut).toEqual([
    ['said', 'brief'],
    ['said for long', 'long'],
  ]);
  const read = program?.stages.map(({ step }) =>
    step.graph.nodes.flatMap((node) => {
      const source = node.op === 'input' ? step.inputs[node.attributes.name] : undefined;
      return source?.kind === 'column' && source.part === 'ids' ? [[source.column, ...node.type.shape]] : [];
    }),
  );
  expect(read).toEqual([[['said for long', 2, 16]], [['said', 2, 12]]]);
});
