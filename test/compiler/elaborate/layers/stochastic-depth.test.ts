/** Stochastic depth (Huang et al., 2016): whole branches of a sample are left out, the later the block the more often. */
import { describe, expect, it } from 'vitest';
import { DeclaringContext } from '../../../../src/compiler/elaborate/layers/declaring-context.ts';
import { imageTap } from '../../../../src/compiler/elaborate/layers/image-tap.ts';
import { compile } from '../../../../src/compiler/compile.ts';
import { evaluateNodes } from '../../../../src/compiler/ir/evaluate.ts';
import { GraphBuilder, graphInputs, type NodeId } from '../../../../src/compiler/ir/graph.ts';
import { tensorOf } from '../../../../src/compiler/ir/tensor-data.ts';
import type { RandomDistribution } from '../../../../src/compiler/program/program-function.ts';
import { elementCount } from '../../../../src/compiler/types/dtype.ts';
import { plainStatistics, type VitConfig } from '../../../../src/compiler/types/model-config.ts';
import { repository } from '../../../support/fixtures.ts';
import { Random } from '../../../support/random.ts';

const config: VitConfig = { kind: 'vit', size: 16, patch: 8, width: 8, layers: 3, heads: 2, activation: 'gelu', stochasticDepth: 0.5, statistics: plainStatistics }; // prettier-ignore

interface Draw {
  readonly stream: string;
  readonly distribution: RandomDistribution;
  readonly shape: readonly number[];
}

/** The tokens after the last block of two pictures, each draw of branches as `kept` says; and the draws that there were. */
function tokens(given: VitConfig, kept: (sample: number, stream: string) => number): { readonly data: readonly number[]; readonly draws: readonly Draw[] } {
  const builder = new GraphBuilder('depth');
  const draws: Draw[] = [];
  const random = (stream: string, distribution: RandomDistribution, shape: readonly number[]): NodeId => {
    draws.push({ stream, distribution, shape });
    return builder.add('input', [], { name: stream, dtype: 'f32', shape });
  };
  const context = new DeclaringContext(builder, 'e', () => true, { leftOut: (_, share) => share, random });
  const image = builder.add('input', [], { name: 'image', dtype: 'f32', shape: [2, 16, 16, 3] });
  const node = imageTap({ context, path: '', image, config: given, tap: 'hidden' });
  const source = new Random(7);
  const graph = { name: 'depth', nodes: builder.nodes, outputs: [] };
  // draws come last: tensors are the same whatever is left out
  const inputs = graphInputs(graph).toSorted((a, b) => Number(a.name.startsWith('dropout:')) - Number(b.name.startsWith('dropout:')));
  const feeds = Object.fromEntries(inputs.map(({ name, type }) => {
    const values = Array.from({ length: elementCount(type.shape) }, (_, at) => (name.startsWith('dropout:') ? kept(at, name) : source.uniform(-1, 1)));
    return [name, tensorOf('f32', type.shape, values, 'f64')];
  }));
  return { data: [...(evaluateNodes(graph, feeds, [node], { precision: 'f64' }).get(node)?.data ?? [])], draws };
} // prettier-ignore

const close = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? Number.NaN)))); // prettier-ignore

describe('stochastic depth', () => {
  it('draws one number a sample and branch, from none in the first block to its share in the last', () => {
    const { draws } = tokens(config, () => 1);
    expect(draws).toEqual(
      [1, 2].flatMap((block) =>
        ['norm1', 'norm2'].map((branch) => ({
          stream: `dropout:e.blocks.${block}.${branch}.depth`,
          distribution: { kind: 'bernoulli', keep: 1 - 0.25 * block },
          shape: [2, 1, 1],
        })),
      ),
    );
  });

  it('leaves the tokens of a sample as they are where its branches are left out', () => {
    const { stochasticDepth: _, ...plain } = config;
    const first = tokens({ ...plain, layers: 1 }, () => 1).data;
    const none = tokens(config, () => 0).data;
    // tensors are drawn in the order of their names' first use, so one block alone has the same
    expect(close(none, first)).toBeLessThan(1e-12);
    const one = tokens(config, (sample) => sample).data;
    expect(close(one.slice(0, one.length / 2), first.slice(0, first.length / 2))).toBeLessThan(1e-12);
    expect(close(one.slice(one.length / 2), first.slice(first.length / 2))).toBeGreaterThan(1e-3);
  });

  it('scales up what stays', () => {
    // a kept branch of the last block counts 1 / (1 − share): twice
    const { data: half } = tokens(config, (_, stream) => (stream.includes('blocks.2.norm2') ? 0.5 : 0));
    const { data: whole } = tokens(config, (_, stream) => (stream.includes('blocks.2.norm2') ? 1 : 0));
    const { data: without } = tokens(config, () => 0);
    const ways = whole.map((value, at) => [value - (without[at] ?? 0), 2 * ((half[at] ?? 0) - (without[at] ?? 0))] as const); // prettier-ignore
    expect(Math.max(...ways.map(([a, b]) => Math.abs(a - b)))).toBeLessThan(1e-12);
    expect(Math.max(...ways.map(([a]) => Math.abs(a)))).toBeGreaterThan(1e-3);
  });

  it('is an option of a ViT, and no draw of its evaluations', () => {
    const text = `clipx 1
experiment t
input image : image(32)
data d = shards("x.tar") { image: "png" }
data t = shards("y.tar") { image: "png" } |> mark(test)
trainable encoder e = vit(size: 32, patch: 8, width: 64, layers: 2, stochastic_depth: 0.1) { dropout: 0.3 }
loss L = mean(e(image))
minimize L
train on d { steps: 1  batch: 2  optimizer: adam(lr: 1e-4) }
evaluate on t { metric m = mean(e(image)) }
`;
    const { program, diagnostics } = compile({ path: 't.clipx', text, host: repository });
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    const random = Object.values(program?.stages[0]?.step.inputs ?? {}).flatMap((source) => (source.kind === 'random' ? [source] : [])); // prettier-ignore
    const depth = random.filter(({ stream }) => stream.endsWith('.depth'));
    expect(depth.map(({ distribution }) => distribution)).toEqual([{ kind: 'bernoulli', keep: 0.9 }, { kind: 'bernoulli', keep: 0.9 }]); // prettier-ignore
    const others = random.filter(({ stream }) => !stream.endsWith('.depth'));
    expect(new Set(others.map(({ distribution }) => JSON.stringify(distribution)))).toEqual(new Set(['{"kind":"bernoulli","keep":0.7}'])); // prettier-ignore
    expect(JSON.stringify(program?.stages[0]?.evaluations ?? [])).not.toContain('.depth');
  });
});
