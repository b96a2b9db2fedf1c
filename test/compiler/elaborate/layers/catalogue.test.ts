/**
 * Layers of the catalogue, from the source of a module to its numbers, against PyTorch (`test/oracles/make/make_layers.py`).
 * Inputs are frozen params, so that they can be fed like tensors.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Elaborator } from '../../../../src/compiler/elaborate/elaborator.ts';
import { evaluateNodes } from '../../../../src/compiler/ir/evaluate.ts';
import { graphInputs } from '../../../../src/compiler/ir/graph.ts';
import { tensorOf, type TensorData } from '../../../../src/compiler/ir/tensor-data.ts';
import { checkedSource } from '../../../support/checked-source.ts';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface LayerCase {
  readonly name: string;
  readonly source: string;
  readonly call: string;
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly tensors: Readonly<Record<string, Numbers>>;
  readonly output: Numbers;
}

const cases = JSON.parse(readFileSync('test/oracles/layers/layers.json', 'utf8')) as readonly LayerCase[];

/** Axes of the inputs of all cases, outermost first. */
const axes: Readonly<Record<string, string>> = {
  x: '[n, place, numbers]', ok: '[n, place]', okk: '[n, place]', ok3: '[n, query3]', ok5: '[n, key5]', sees5: '[query3, key5]', sees: '[place, seen4]', x3: '[n, query3, numbers]', y5: '[n, key5, numbers]', z5: '[n, key5, narrow]',
  image: '[n, height: 5, width: 6, channel: 4]', film: '[n, frame: 4, height: 4, width: 6, channel: 3]', coarse: '[n, height: 3, width: 3, channel: 5]',
}; // prettier-ignore

function sourceOf({ source, call, inputs }: LayerCase): string {
  const params = Object.keys(inputs).map((name) => `frozen param ${name} : ${axes[name] ?? ''} = zeros\n`);
  const result = source.startsWith('fpn') ? 'let (y, coarser) =' : 'let y =';
  return `axis n: item = 2
axis place: position = 4
axis seen4: position = 4
axis query3: position = 3
axis key5: position = 5
axis numbers = 8
axis other = 6
axis narrow = 6
${params.join('')}trainable module m = ${source}
${result} ${call}
loss L = mean(y)
`;
}

function outputOf(each: LayerCase): TensorData {
  const checked = checkedSource(sourceOf(each));
  const typed = checked.values.find((value) => value.name === 'y')?.typed ?? expect.fail('no y');
  const elaborator = new Elaborator('t', checked, { batch: 1, vocabularies: new Map() }, false);
  const located = elaborator.value(typed);
  // in the order of the fixture: what has a place keeps it, features last
  const ordered = elaborator.aligner.ordered(located, typed.type.axes);
  const { graph } = elaborator.finish();
  const feeds = Object.fromEntries(
    graphInputs(graph).map(({ name, type }) => {
      const own = name.startsWith('m.') ? each.tensors[name.slice(2)] : each.inputs[name.replace(/\.value$/, '')];
      if (own === undefined) throw new Error(`${each.name}: nothing for ${name}`);
      expect(type.shape, name).toEqual(own.shape);
      return [name, tensorOf('f32', type.shape, own.data, 'f64')];
    }),
  );
  const read = graphInputs(graph).filter(({ name }) => name.startsWith('m.')).length;
  expect(read, 'tensors').toBe(Object.keys(each.tensors).length);
  const values = evaluateNodes(graph, feeds, [ordered.node], { precision: 'f64' });
  return values.get(ordered.node) ?? expect.fail('nothing computed');
}

describe('layers of the catalogue, against PyTorch', () => {
  it.each(cases)('$name', (each) => {
    const got = outputOf(each);
    expect(got.shape).toEqual(each.output.shape);
    const wrong = each.output.data.flatMap((value, at) => {
      const difference = Math.abs((got.data[at] ?? Number.NaN) - value);
      return difference <= 2e-6 * (1 + Math.abs(value)) ? [] : [`${at}: ${got.data[at]}, expected ${value}`];
    });
    // what is masked has no value
    const isMasked = /only\(x, ok >/.test(each.call);
    expect(isMasked ? wrong.filter((line) => real(each, Number(line.split(':')[0]))) : wrong).toEqual([]);
  });
});

/** Whether the place of an entry of `[n, place, …]` is real. */
function real({ inputs, output }: LayerCase, at: number): boolean {
  const row = output.data.length / (inputs['ok']?.data.length ?? 1);
  return (inputs['ok']?.data[Math.floor(at / row)] ?? 1) > 0.5;
}
