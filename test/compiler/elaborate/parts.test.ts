/** Copies, starts, wraps, parts of towers and dropout, from the source to the graph. */
import { describe, expect, it } from 'vitest';
import { Elaborator } from '../../../src/compiler/elaborate/elaborator.ts';
import { startOf } from '../../../src/compiler/elaborate/origin.ts';
import { stateOf } from '../../../src/compiler/elaborate/state.ts';
import { evaluateNodes } from '../../../src/compiler/ir/evaluate.ts';
import { graphInputs } from '../../../src/compiler/ir/graph.ts';
import { tensorOf } from '../../../src/compiler/ir/tensor-data.ts';
import { elementCount } from '../../../src/compiler/types/dtype.ts';
import { checkedSource } from '../../support/checked-source.ts';

/** Values by name, every input random but reproducible; what a stream draws is 1, 0, 1, 0 … */
function valuesOf(declarations: string, names: readonly string[], training = false) {
  const checked = checkedSource(declarations);
  const elaborator = new Elaborator('t', checked, { batch: 2, vocabularies: new Map() }, training);
  const nodes = names.map((name) => {
    const typed = checked.values.find((value) => value.name === name)?.typed ?? expect.fail(`no ${name}`);
    return elaborator.aligner.ordered(elaborator.value(typed), typed.type.axes).node;
  });
  const { graph, contexts, inputs } = elaborator.finish();
  const feeds = Object.fromEntries(
    graphInputs(graph).map(({ name, type }) => {
      const random = inputs[name]?.kind === 'random';
      const seed = Array.from(name).reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
      const data = Array.from({ length: elementCount(type.shape) }, (_, at) => {
        if (random) return (at + 1) % 2;
        // ids of tokens and where a text ends
        if (type.dtype === 'i32') return name.endsWith('.ids') ? 1 + ((seed + at) % 7) : 3;
        return Math.sin(seed + 1.7 * at) + (name.endsWith('variance') ? 1.5 : 0);
      });
      return [name, tensorOf(type.dtype, type.shape, data, 'f64')];
    }),
  );
  const computed = evaluateNodes(graph, feeds, nodes, { precision: 'f64' });
  const streams = Object.values(inputs).flatMap((input) => (input.kind === 'random' ? [input.stream] : []));
  return { values: nodes.map((node) => computed.get(node) ?? expect.fail('nothing computed')), contexts, checked, streams, feeds }; // prettier-ignore
}

const tiny = `frozen encoder clip = clip("test/fixtures/parts/weights")\n`;
const words = `vocabulary thing = ["cat", "dog"]\nprompt p over thing = "a {thing}"\n`;
const pictures = `axis n: item = 2\naxis view: item = 2\nfrozen param shot : [n, view, height: 16, width: 16, channel: 3] = zeros\n`;
const trained = 'trainable param bit = 1\n';

describe('an image tower', () => {
  it('runs over all further axes', () => {
    const text = `${tiny}${pictures}${trained}let all = clip.image(shot)[view: 1]\nlet one = clip.image(shot[view: 1])\nloss L = bit * mean(all) + mean(one)\n`;
    const { values } = valuesOf(text, ['all', 'one']);
    expect(values[0]?.shape).toEqual([2, 8]);
    expect([...(values[0]?.data ?? [])]).toEqual([...(values[1]?.data ?? [])]);
  });

  it('takes tokens that are appended, which do not change what it sees where they are not looked at', () => {
    const text = `${tiny}${pictures}${trained}frozen param more : [clip.image.width] = zeros\nlet plain = clip.image.hidden(shot)\nlet more3 = clip.image.hidden(shot, append: more)\nlet looks = clip.image.attention[0](shot, append: more)\nloss L = bit * mean(plain) + mean(more3) + mean(looks)\n`;
    const { values } = valuesOf(text, ['plain', 'more3', 'looks']);
    // 4 patches, the class token, one more
    expect(values.map(({ shape }) => shape)).toEqual([[2, 2, 5, 8], [2, 2, 6, 8], [2, 2, 2, 6, 6]]); // prettier-ignore
    const sums = [...(values[2]?.data ?? [])].reduce((sum, value) => sum + value, 0);
    expect(sums).toBeCloseTo(2 * 2 * 2 * 6, 6);
  });

  it('interpolates its positions for an image of another size, where it may', () => {
    const text = `frozen encoder clip = clip("test/fixtures/parts/weights", positions: resize)\naxis n: item = 1\nfrozen param shot : [n, height: 24, width: 16, channel: 3] = zeros\n${trained}let map = clip.image.map(shot)\nloss L = bit * mean(map)\n`;
    expect(valuesOf(text, ['map']).values[0]?.shape).toEqual([1, 3, 2, 8]);
  });
});

describe('parts of towers', () => {
  it('put together are the tower', () => {
    const text = `${tiny}${pictures}${words}${trained}
let whole = clip.image(shot)
let parts = clip.image.pool(clip.image.blocks(clip.image.embed(shot), over: token))
let hidden = clip.text.hidden(p)
loss L = bit * mean(whole) + mean(parts) + mean(hidden)
`;
    const { values } = valuesOf(text, ['whole', 'parts']);
    expect([...(values[1]?.data ?? [])]).toEqual([...(values[0]?.data ?? [])]);
  });

  it('are rewritten by wrap, and by the block itself stay as they were', () => {
    const text = `${tiny}${pictures}${words}${trained}
frozen encoder same = copy(clip) { wrap image.blocks[0](x) = self(x)  wrap text.blocks[0](x) = self(x) }
frozen encoder twice = copy(clip)
wrap twice.image.blocks[0](x) = x + 2 * (self(x) - x)
let a = clip.image(shot)
let b = same.image(shot)
let c = twice.image(shot)
let s = clip.text(p)
let t = same.text(p)
let d = clip.image.pool(clip.image.embed(shot) + 2 * (clip.image.hidden(shot) - clip.image.embed(shot)))
loss L = bit * mean(a) + mean(b) + mean(c) + mean(d) + mean(s) + mean(t)
`;
    const { values, contexts } = valuesOf(text, ['a', 'b', 'c', 'd', 's', 't']);
    const [a, b, c, d, s, t] = values.map(({ data }) => [...data]);
    expect(b).toEqual(a);
    expect(t).toEqual(s);
    // the tower has one block, so that its result is what the last block leaves
    for (const [at, value] of (c ?? []).entries()) expect(value).toBeCloseTo(d?.[at] ?? Number.NaN, 10);
    expect(c).not.toEqual(a);
    // frozen copies of one origin are one tensor
    expect([contexts.get('same')?.parameters.size, contexts.get('twice')?.parameters.size]).toEqual([0, 0]);
  });

  it('have every tap where their blocks are rewritten, as where they are not', () => {
    const taps = ['image.tokens', 'image.map', 'image.hidden', 'image.grid', 'image.stage[0]'];
    const pair = (tap: string, at: number) => `let a${at} = clip.${tap}(shot)\nlet b${at} = same.${tap}(shot)\n`;
    const text = `${tiny}${pictures}${words}${trained}
frozen encoder same = copy(clip) { wrap image.blocks[0](x) = self(x)  wrap text.blocks[0](x) = self(x) }
${taps.map(pair).join('')}let s = clip.text.tokens(p)
let t = same.text.tokens(p)
let u = clip.text.hidden(p)
let v = same.text.hidden(p)
loss L = bit * mean(s) + mean(t) + mean(u) + mean(v)${taps.map((_, at) => ` + mean(a${at}) + mean(b${at})`).join('')}
`;
    const names = [...taps.flatMap((_, at) => [`a${at}`, `b${at}`]), 's', 't', 'u', 'v'];
    const { values, checked } = valuesOf(text, names);
    for (let at = 0; at < values.length; at += 2) {
      expect(values[at + 1]?.shape).toEqual(values[at]?.shape);
      expect([...(values[at + 1]?.data ?? [])]).toEqual([...(values[at]?.data ?? [])]);
    }
    // what is behind the end of a text is masked there too
    const typed = (name: string) => checked.values.find((value) => value.name === name)?.typed;
    for (const name of ['s', 't', 'u', 'v']) expect(typed(name)?.mask).toBeDefined();
  });

  it('tell what a block looks at before one that is rewritten, and of that one nothing', () => {
    const wide = 'frozen encoder deep = vit(size: 16, patch: 8, width: 8, layers: 2, heads: 2)\n';
    const text = (pick: number) => `${wide}${pictures}${trained}
frozen encoder same = copy(deep) { wrap blocks[1](x) = self(x) }
let a = deep.attention[${pick}](shot)
let b = same.attention[${pick}](shot)
loss L = bit * mean(a) + mean(b)
`;
    const [a, b] = valuesOf(text(0), ['a', 'b']).values;
    expect(b?.shape).toEqual([2, 2, 2, 5, 5]);
    expect([...(b?.data ?? [])]).toEqual([...(a?.data ?? [])]);
    expect(() => valuesOf(text(1), ['b'])).toThrow(/of a block that `wrap` rewrites/);
  });
});

describe('patches of a film', () => {
  const film = 'axis n: item = 2\nfrozen param shots : [n, frame: 3, height: 16, width: 16, channel: 3] = zeros\n';
  const text = (made: string) => `${tiny}${film}${trained}trainable module P = ${made}
trainable module Q = copy(P)
trainable module R = patchify(3d, time: 3, patch: 8, width: 8)
let a = P(shots)
let b = Q(shots)
let c = R(shots)
loss L = bit * mean(a) + mean(b) + mean(c)
`;

  it('start as the patches of a picture, and so do copies of them', () => {
    const { contexts, checked } = valuesOf(text('patchify(3d, time: 3, patch: 8, width: 8, inflate: mean) from clip.image.patches'), ['a', 'b', 'c']); // prettier-ignore
    const start = (owner: string) => {
      const declared = contexts.get(owner)?.parameters.get('weight') ?? expect.fail(`no ${owner}.weight`);
      expect(declared.shape).toEqual([3, 8, 8, 3, 8]);
      return startOf(checked.instances, owner, 'weight', declared);
    };
    const file = { kind: 'file', path: 'test/fixtures/parts/weights', tensor: 'image.patches.weight' };
    expect(start('P')).toEqual({ init: file, inflate: 'mean' });
    expect(start('Q')).toEqual({ init: file, inflate: 'mean' });
    expect(start('R').inflate).toBeUndefined();
  });

  it('have the size of the patches that they start as', () => {
    const small = text('patchify(3d, time: 3, patch: 4, width: 8) from clip.image.patches');
    expect(() => valuesOf(small, ['a'])).toThrow(/patches of pictures of the same size and width/);
  });
});

describe('a copy of a module', () => {
  const own = `axis d = 3
axis e = 2
module pair(a: axis, b: axis, n) {
  axis inner = n
  layer first  = linear(a -> inner)
  layer second = linear(inner -> b)
  param scale = 2
  forward(x) = scale * second(relu(first(x)))
}
frozen param x : [d] = normal(1)
trainable module m = pair(d, e, 4)
trainable module c = linear(d -> hidden(5)) |> gelu |> linear(hidden -> e)
module around(k: axis) {
  layer q = pair(d, k, 3)
  layer r = copy(q)
  forward(x) = q(x) + r(x)
}
trainable module o = around(e)
`;

  it('of one’s own, of a chain, and of a part within, has tensors of its own that start the same', () => {
    const text = `${own}trainable module n = copy(m)
trainable module k = copy(c)
trainable module p = copy(o.q)
let a = m(x)
let b = n(x)
let f = k(x)
let g = p(x)
let h = o(x)
let i = c(x)
loss L = mean(a) + mean(b) + mean(f) + mean(g) + mean(h) + mean(i)
`;
    const { values, contexts, checked } = valuesOf(text, ['a', 'b', 'f', 'g', 'h', 'i']);
    for (const { shape } of values) expect(shape).toEqual([2]);
    const paths = (owner: string) => [...(contexts.get(owner)?.parameters.keys() ?? [])].sort();
    expect(paths('n')).toEqual(paths('m'));
    expect(paths('n')).toContain('scale');
    expect(paths('k')).toEqual(paths('c'));
    expect(paths('o')).toContain('r.first.weight');
    const start = (owner: string, path: string) => {
      const declared = contexts.get(owner)?.parameters.get(path) ?? expect.fail(`no ${owner}.${path}`);
      return startOf(checked.instances, owner, path, declared).init;
    };
    const stream = (owner: string, path: string) => (start(owner, path) as { readonly stream?: string }).stream;
    expect(stream('n', 'first.weight')).toBe('m.first.weight');
    expect(stream('k', '0.weight')).toBe('c.0.weight');
    expect(stream('p', 'second.bias')).toBe('o.q.second.bias');
    expect(stream('o', 'r.second.bias')).toBe('o.q.second.bias');
    expect(stream('m', 'first.weight')).toBeUndefined();
  });
});

describe('where tensors start', () => {
  const text = `${tiny}${pictures}
axis d = 3
trainable encoder twin = copy(clip) { frozen text }
trainable module seq = transformer(layers: 1, heads: 2) from clip.text.blocks[0..0]
trainable module near = linear(clip.joint -> d)
trainable module like = linear(clip.joint -> d)
trainable param scale = clip.logit_scale
trainable param steps : [d] = 2 * index(d) + 1
axis step: position = 3
frozen param w : [n, step, clip.text.width] = normal(0.02)
trainable param other : [n, step, clip.text.width] = w
let f = twin.image(shot)
let g = mean(seq(w + other, over: step))
loss L = mean(f) + g + scale + mean(steps * near(f)) + mean(like(f))
`;
  const { contexts, checked } = valuesOf(text, ['f', 'g', 'L']);
  const start = (owner: string, path: string) => {
    const declared = contexts.get(owner)?.parameters.get(path) ?? expect.fail(`no ${owner}.${path}`);
    return startOf(checked.instances, owner, path, declared).init;
  };
  const folder = 'test/fixtures/parts/weights';

  it('is the folder of what they copy', () => {
    expect(start('twin', 'image.blocks.0.norm1.scale')).toEqual({ kind: 'file', path: folder, tensor: 'image.blocks.0.norm1.scale' }); // prettier-ignore
    expect(start('seq', 'blocks.0.mlp.in.weight')).toEqual({ kind: 'file', path: folder, tensor: 'text.blocks.0.mlp.in.weight' }); // prettier-ignore
    expect(start('scale', 'value')).toEqual({ kind: 'file', path: folder, tensor: 'logit_scale' });
  });

  it('is the stream of the tensor they start like', () => {
    expect(start('other', 'value')).toEqual({ kind: 'normal', mean: 0, deviation: 0.02, stream: 'w.value' });
  });

  it('is the value of a formula of constants', () => {
    expect(start('steps', 'value')).toEqual({ kind: 'values', values: [1, 3, 5] });
  });
});

describe('dropout', () => {
  const text = (flag: string) => `axis d = 4\n${trained}frozen param x : [d] = zeros\n${flag} module drop = linear(d -> d) |> dropout(0.25)\nlet a = drop(x)\nlet b = drop(2 * x)\nlet plain = drop(x)\nloss L = bit * mean(a) + mean(b) + mean(plain)\n`; // prettier-ignore

  it('leaves out and scales up in training steps, with a draw of its own for each call', () => {
    const { values, streams } = valuesOf(text('trainable'), ['a', 'b'], true);
    const whole = valuesOf(text('trainable'), ['a']).values[0];
    expect(streams).toEqual(['dropout:drop.1', 'dropout:drop.1.1']);
    const kept = [1, 0, 1, 0];
    expect([...(values[0]?.data ?? [])]).toEqual([...(whole?.data ?? [])].map((value, at) => (value * (kept[at] ?? 0)) / 0.75)); // prettier-ignore
  });

  it('does nothing in evaluation, nor in a frozen part', () => {
    expect(valuesOf(text('trainable'), ['a']).streams).toEqual([]);
    expect(valuesOf(text('frozen'), ['a'], true).streams).toEqual([]);
  });
});

describe('batch norm of masked rows', () => {
  it('counts those that are real', () => {
    const text = `axis n: item = 3\naxis d = 2\n${trained}frozen param x : [n, d] = zeros\nfrozen param ok : [n] = zeros\ntrainable module m = batch_norm\nlet y = m(only(x, ok > 0))\nlet z = mean(y)\nloss L = bit * z\n`;
    const { values, feeds } = valuesOf(text, ['y'], true);
    const [x, ok] = [feeds['x.value']?.data ?? [], feeds['ok.value']?.data ?? []];
    const rows = [0, 1, 2].filter((row) => (ok[row] ?? 0) > 0);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(3);
    for (const column of [0, 1]) {
      const real = rows.map((row) => x[row * 2 + column] ?? 0);
      const mean = real.reduce((sum, value) => sum + value, 0) / real.length;
      const variance = real.reduce((sum, value) => sum + (value - mean) ** 2, 0) / real.length;
      const [scale, bias] = [feeds['m.scale']?.data[column] ?? 0, feeds['m.bias']?.data[column] ?? 0];
      for (const [at, row] of rows.entries()) {
        const expected = (((real[at] ?? 0) - mean) / Math.sqrt(variance + 1e-5)) * scale + bias;
        expect(values[0]?.data[row * 2 + column]).toBeCloseTo(expected, 8);
      }
    }
  });
});

describe('an exception by path', () => {
  const towers = `frozen encoder rn = clip(joint: 8, image: modified_resnet(size: 32, width: 8, blocks: [1, 1, 1, 1]), text: text_transformer(width: 8, layers: 1, heads: 2, context: 8, vocabulary: 9))\n`;
  const flagOf = (settings: string, path: string) => {
    const text = `${towers}encoder part = copy(rn.image) ${settings}\nfrozen param picture : [view: 1, height: 32, width: 32, channel: 3] = zeros\nlet f = part(picture)\nlet g = rn.text(p)\nloss L = mean(f) + mean(g)\n`;
    return stateOf(checkedSource(`${words}${text.replace('encoder part', 'frozen encoder part')}`), 'part', path);
  };

  it('names stages as their taps are named, and one tower without its name', () => {
    const settings = '{ trainable stage[3..4] { statistics: fixed  lr: 10 % } }';
    expect(flagOf(settings, 'image.stage3.0.norm1.scale')).toMatchObject({ flag: 'trainable', statistics: 'fixed', learningRateScale: 0.1 }); // prettier-ignore
    expect(flagOf(settings, 'image.stage2.0.norm1.scale').flag).toBe('frozen');
  });

  it('counts blocks and stages from the end too', () => {
    const state = (settings: string, path: string) => {
      const vit = 'vit(size: 16, patch: 8, width: 8, layers: 4, heads: 2)';
      return stateOf(
        checkedSource(
          `axis view: item = 1\nfrozen param picture : [view, height: 16, width: 16, channel: 3] = zeros\nfrozen encoder part = ${vit} ${settings}\nlet f = part(picture)\nloss L = mean(f)\n`,
        ),
        'part',
        path,
      ).flag;
    };
    const flags = (settings: string) => [0, 1, 2, 3].map((index) => state(settings, `blocks.${index}.norm1.scale`));
    expect(flags('{ trainable blocks[-1] }')).toEqual(['frozen', 'frozen', 'frozen', 'trainable']);
    expect(flags('{ trainable blocks[2..] }')).toEqual(['frozen', 'frozen', 'trainable', 'trainable']);
    expect(flags('{ trainable blocks[1..-2] }')).toEqual(['frozen', 'trainable', 'trainable', 'frozen']);
    expect(flagOf('{ trainable stage[-1] }', 'image.stage4.0.norm1.scale').flag).toBe('trainable');
    expect(flagOf('{ trainable stage[-1] }', 'image.stage3.0.norm1.scale').flag).toBe('frozen');
  });

  it('gives way to a more specific one', () => {
    const settings = '{ lr: 1e-3  trainable image { lr: 1e-4  decay: 0.1 }  frozen image.stem  image.pool.out.bias { clamp: ..2 } }'; // prettier-ignore
    expect(flagOf(settings, 'image.stem.conv1.weight')).toMatchObject({ flag: 'frozen', learningRate: 1e-4 });
    expect(flagOf(settings, 'image.pool.out.bias')).toMatchObject({ flag: 'trainable', learningRate: 1e-4, decayRate: 0.1 }); // prettier-ignore
    expect(flagOf(settings, 'image.pool.out.bias').clamp?.[1]).toBe(2);
    expect(flagOf(settings, 'text.tokens')).toMatchObject({ flag: 'frozen', learningRate: 1e-3 });
  });
});
