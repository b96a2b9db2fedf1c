/**
 * The losses of `library/losses.clipx`, value and gradient, against PyTorch's fixtures: written as an experiment, compiled by the
 * whole compiler, run by the reference and by onnxruntime. Sizes come from the fixtures (`CLIPX_ORACLES` may name another folder).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { evaluateGraph } from '../../src/compiler/ir/evaluate.ts';
import { graphInputs } from '../../src/compiler/ir/graph.ts';
import { emitOnnx } from '../../src/compiler/lower/targets/onnx/emit-onnx.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import type { ProgramFunction, Stage } from '../../src/compiler/program/program.ts';
import type { TensorValue } from '../../src/runtime/backends/backend.ts';
import { openNativeOnnxRuntime } from '../../src/runtime/backends/onnxruntime-node.ts';
import { oracle } from '../support/oracles.ts';

interface Case {
  readonly value: number;
  readonly inputs: readonly string[];
  readonly gradients: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** How a fixture's input enters the experiment. */
type Role = 'param' | 'frozen' | 'vector' | 'index' | 'random';

interface Recipe {
  readonly use: readonly string[];
  /** Fixture input → its role and axes; `batch` first where it has one. */
  readonly inputs: Readonly<Record<string, readonly [Role, ...string[]]>>;
  readonly loss: (options: Readonly<Record<string, unknown>>) => string;
  /** Losses of their own, weighted in `loss`'s place. */
  readonly objective?: (options: Readonly<Record<string, unknown>>) => string;
}

const f = ['param', 'batch', 'd'] as const;
const constant = ['frozen', 'batch', 'd'] as const;
const gaze = ['vector', 'batch', 'xyz'] as const;
const texts = ['frozen', 'factor', 'd'] as const;
const scale = ['param'] as const;

const forms: Readonly<Record<string, string>> = {
  signed: 'repulsion', abs: 'repulsion_absolute', square: 'repulsion_square', relu: 'repulsion_relu',
}; // prettier-ignore

const irrelevant: Recipe = {
  use: Object.values(forms),
  inputs: { f, f_re: f, f_ir: texts },
  loss: ({ tau = 1, flow = false, form = 'signed' }) => {
    const weights = `softmax(cos(f, f_ir) / ${String(tau)}, over: factor)`;
    return `${forms[String(form)] ?? ''}(f_re, f_ir, ${flow === true ? weights : `stop(${weights})`}, over: factor)`;
  },
};
const rank: Recipe = {
  use: ['rank_loss', 'rank_loss_sorted', 'rank_loss_full'],
  inputs: { f_re: f, gaze, perm: ['random', 'pair'] },
  loss: ({ pairing = 'permutation' }) => {
    const name = pairing === 'sorted' ? 'rank_loss_sorted' : pairing === 'full' ? 'rank_loss_full' : 'rank_loss';
    return `${name}(f_re, gaze)`;
  },
};
const angular: Recipe = {
  use: ['angular_error'],
  inputs: { pred: ['param', 'batch', 'xyz'], gaze },
  loss: ({ eps }) => (typeof eps === 'number' ? `angular_error(pred, gaze, ε: ${eps})` : 'angular_error(pred, gaze)'),
};
const pco: Recipe = {
  use: ['true_text'],
  inputs: {
    f_v: f,
    text_pos: ['param', 'factor', 'd'],
    text_neg: ['param', 'factor', 'd'],
    present: ['vector', 'batch', 'factor'],
  },
  loss: ({ tau = 0.01 }) =>
    `true_text(cos(f_v, text_pos) / ${String(tau)}, cos(f_v, text_neg) / ${String(tau)}, present, over: factor)`,
};

const recipes: Readonly<Record<string, Readonly<Record<string, Recipe>>>> = {
  core: {
    infonce: { use: ['info_nce'], inputs: { image: f, text: f, logit_scale: scale }, loss: () => 'info_nce(image, text, exp(logit_scale))' },
    infonce_image_to_text: { use: ['one_sided'], inputs: { image: f, text: f, logit_scale: scale }, loss: () => 'one_sided(image, text, exp(logit_scale))' },
    siglip: {
      use: ['siglip'],
      inputs: { image: f, text: f, logit_scale: scale, logit_bias: scale },
      loss: () => 'siglip(image, text, exp(logit_scale), logit_bias)',
    },
    class_ce: {
      use: ['cross_entropy'],
      inputs: { image: f, classes: ['param', 'class', 'd'], logit_scale: scale, label: ['index', 'class'] },
      loss: () => 'cross_entropy(exp(logit_scale) * cos(image, classes), label, over: class)',
    },
  },
  gaze: {
    angular, 'angular_eps1e-7': angular, angular_parallel_clamped: angular,
    distill: { use: ['cosine_distance'], inputs: { f, f_v: constant }, loss: () => 'cosine_distance(f, f_v)' },
    irrelevant_default: irrelevant, 'irrelevant_tau0.07': irrelevant, irrelevant_weights_with_gradient: irrelevant,
    irrelevant_abs: irrelevant, irrelevant_square: irrelevant, irrelevant_relu: irrelevant,
    rank_permutation: rank, rank_with_ties: rank, rank_sorted: rank, rank_full: rank,
    pco, 'pco_tau0.01': pco,
    clip_gaze_total: {
      use: ['angular_error', 'cosine_distance', 'repulsion', 'rank_loss'],
      inputs: { pred: ['param', 'batch', 'xyz'], gaze, f, f_v: constant, f_re: f, f_ir: texts, perm: ['random', 'pair'] },
      loss: () => '',
      objective: ({ lambdas }) => {
        const [l1, l2, l3] = Array.isArray(lambdas) ? lambdas.map(String) : [];
        return `let w = stop(softmax(cos(f, f_ir), over: factor))
loss L_g  = angular_error(pred, gaze)
loss L_d  = cosine_distance(f, f_v)
loss L_ir = repulsion(f_re, f_ir, w, over: factor)
loss L_re = rank_loss(f_re, gaze)
minimize L_g + ${l1} * L_d + ${l2} * L_ir + ${l3} * L_re`;
      },
    },
  },
  general: {
    cross_entropy: { use: ['cross_entropy'], inputs: { logits: ['param', 'batch', 'class'], label: ['index', 'class'] }, loss: () => 'cross_entropy(logits, label, over: class)' },
    cross_entropy_soft: { use: ['soft_cross_entropy'], inputs: { logits: ['param', 'batch', 'class'], target: ['vector', 'batch', 'class'] }, loss: () => 'soft_cross_entropy(logits, target, over: class)' },
    mse: { use: ['mse'], inputs: { a: f, b: ['vector', 'batch', 'd'] }, loss: () => 'mse(a, b)' },
    l1: { use: ['l1'], inputs: { a: f, b: ['vector', 'batch', 'd'] }, loss: () => 'l1(a, b)' },
    cosine_distance: { use: ['cosine_gap'], inputs: { a: f, b: f }, loss: () => 'cosine_gap(a, b)' },
  },
}; // prettier-ignore

type Shapes = Readonly<Record<string, readonly number[]>>;

/** The experiment that minimises one case, with every size from the fixture. */
function experiment(recipe: Recipe, options: Case['options'], shapes: Shapes): string {
  const sizes = new Map<string, number>();
  for (const [name, [role, ...axes]] of Object.entries(recipe.inputs)) {
    if (role === 'random' || role === 'index') continue;
    for (const [position, axis] of axes.entries()) sizes.set(axis, shapes[name]?.[position] ?? 1);
  }
  // the weights of L_ir stop the gradient: then the language itself refuses a trainable f
  const stopped = recipe === irrelevant && options['flow'] !== true;
  const declared = Object.entries(recipe.inputs).flatMap(([name, [given, ...axes]]) => {
    const role = stopped && name === 'f' ? 'frozen' : given;
    if (role === 'random') return [];
    if (role === 'index') return [`input ${name}: class(${axes[0]})`];
    if (role === 'vector') return [`input ${name}: vector(${axes.at(-1)})`];
    const flag = role === 'param' ? 'trainable' : 'frozen';
    return [`${flag} param ${name}${axes.length === 0 ? '' : `: [${axes.join(', ')}]`} = normal(1)`];
  });
  const axes = [...sizes].flatMap(([axis, size]) => {
    if (axis === 'batch') return [];
    if (Object.values(recipe.inputs).some(([role, first]) => role === 'index' && first === axis)) {
      return [`vocabulary ${axis} = [${Array.from({ length: size }, (_, index) => `"${index}"`).join(', ')}]`];
    }
    return [`axis ${axis}: ${axis === 'factor' || axis === 'class' ? 'item' : 'feature'} = ${size}`];
  });
  const columns = Object.entries(recipe.inputs).filter(([, [role]]) => role === 'vector' || role === 'index');
  return `clipx 1
experiment t
use "library/losses.clipx" { ${recipe.use.join(', ')} }
${axes.join('\n')}
${declared.join('\n')}
data d = jsonl("none.jsonl") { ${columns.map(([name]) => `${name}: "${name}"`).join(' ')} }
${recipe.objective?.(options) ?? `loss L = ${recipe.loss(options)}\nminimize L`}
train on d { steps: 1  batch: ${sizes.get('batch') ?? 1}  optimizer: sgd(lr: 1) }
`;
}

function stageOf(source: string): Stage {
  const host = { readText: (path: string): string => readFileSync(path, 'utf8') };
  const { program, diagnostics } = compile({ path: 'case.clipx', text: source, host });
  expect(diagnostics.filter((each) => each.severity === 'error').map((each) => each.message)).toEqual([]);
  const stage = program?.stages[0];
  if (stage === undefined) throw new Error(`no step:\n${source}`);
  return stage;
}

/** Feeds of a function from the fixture; what it needs of the constants function comes from there. */
function feedsOf(
  fn: ProgramFunction,
  name: string,
  tensors: ReadonlyMap<string, TensorData>,
  constants: Readonly<Record<string, TensorData>>,
): Record<string, TensorValue> {
  const feeds: Record<string, TensorValue> = {};
  for (const input of graphInputs(fn.graph)) {
    const source = fn.inputs[input.name];
    const key =
      source?.kind === 'parameter'
        ? source.name.replace(/\.value$/, '')
        : source?.kind === 'column'
          ? source.column
          : 'perm';
    const tensor = source?.kind === 'constant' ? constants[source.id] : tensors.get(`${name}/in/${key}`);
    if (tensor === undefined) throw new Error(`${name} has no input ${key}`);
    const data = input.type.dtype === 'i32' ? Int32Array.from(tensor.data) : Float32Array.from(tensor.data);
    feeds[input.name] = { dtype: input.type.dtype, shape: input.type.shape, data };
  }
  return feeds;
}

describe.each(Object.entries(recipes))('losses of %s.json', (file, cases) => {
  const fixture = oracle('losses');
  const table = fixture.json(`${file}.json`) as Readonly<Record<string, Case>>; // made by test/oracles/make
  const tensors = fixture.tensors(file);
  const shapeOf = (name: string): readonly number[] => tensors.get(name)?.shape ?? [];

  it.each(Object.entries(cases))('%s', async (name, recipe) => {
    const given = table[name];
    if (given === undefined) throw new Error(`the fixture has no case ${name}`);
    const shapes = Object.fromEntries(
      Object.keys(recipe.inputs).map((input) => [input, shapeOf(`${name}/in/${input}`)]),
    );
    const { step: fn, constants } = stageOf(experiment(recipe, given.options, shapes));
    const once = constants === undefined ? {} : evaluateGraph(constants.graph, feedsOf(constants, name, tensors, {}));
    const feeds = feedsOf(fn, name, tensors, once);
    const engine = await openNativeOnnxRuntime({ threads: 1 });
    const executable = await engine.load(fn, emitOnnx(fn.graph));
    const results = { reference: evaluateGraph(fn.graph, feeds), onnxruntime: await executable.run(feeds) };
    await executable.dispose();
    for (const result of Object.values(results)) {
      const total = result['total']?.data[0] ?? Number.NaN;
      expect(Math.abs(total - given.value)).toBeLessThanOrEqual(1e-5 * Math.abs(given.value) + 1e-5);
      for (const input of given.gradients) {
        const gradient = result[`gradient ${input}.value`];
        if (gradient === undefined) {
          // frozen is a theorem: there is no gradient node, and PyTorch's is zero
          expect(
            recipe === irrelevant && tensors.get(`${name}/grad/${input}`)?.data.every((value) => value === 0),
          ).toBe(true);
          continue;
        }
        fixture.expectClose(gradient, file, `${name}/grad/${input}`);
      }
    }
  });
});
