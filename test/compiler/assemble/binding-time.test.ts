/**
 * Splitting a program by when its values are known changes no number: constants once, features sample by sample, then the step or the
 * metrics, against the same equations in one graph. Batches have the sizes of other axes too.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckedExperiment } from '../../../src/compiler/check/checked.ts';
import { differentiate } from '../../../src/compiler/differentiate/differentiate.ts';
import { Elaborator } from '../../../src/compiler/elaborate/elaborator.ts';
import { Arithmetic } from '../../../src/compiler/ir/arithmetic.ts';
import { evaluateNodes } from '../../../src/compiler/ir/evaluate.ts';
import { graphInputs } from '../../../src/compiler/ir/graph.ts';
import type { NodeId } from '../../../src/compiler/ir/graph.ts';
import type { TensorData } from '../../../src/compiler/ir/tensor-data.ts';
import type { Evaluation } from '../../../src/compiler/program/evaluation.ts';
import type { ProgramFunction } from '../../../src/compiler/program/program-function.ts';
import type { Stage } from '../../../src/compiler/program/stage.ts';
import { randomFormulas, Tape, type Formula } from '../../support/random-formulas.ts';
import { declarations, equation, feedsOf, legal, worldOf, type RandomWorld } from '../../support/random-world.ts';
import { joined, rows, runFunction, type Tensors } from '../../support/run-function.ts';

const choices = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 90 });
const flags = fc.record({ w: fc.constantFrom('trainable', 'frozen'), q: fc.constantFrom('trainable', 'frozen') });
const numRuns = Number(process.env['CLIPX_RUNS'] ?? 80);

/** The values that a loss or metric may read: numbers of some size. */
const readable = (formulas: readonly Formula[]): Formula[] => formulas.slice(-8);

function differences(what: string, split: Tensors, whole: Tensors): string[] {
  return Object.entries(whole).flatMap(([name, expected]) => {
    const got = split[name];
    if (got === undefined) return [`${what} has no ${name}`];
    const shape = got.shape.join() === expected.shape.join() ? [] : [`${name} is [${got.shape.join()}], expected [${expected.shape.join()}]`]; // prettier-ignore
    const wrong = expected.data.findIndex((value, at) => !close(got.data[at] ?? Number.NaN, value));
    return wrong < 0 ? shape : [...shape, `${name}[${wrong}] is ${got.data[wrong]}, expected ${expected.data[wrong]}`];
  });
}

const close = (a: number, b: number): boolean =>
  (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 1e-8 * (1 + Math.abs(b));

// ── a step ───────────────────────────────────────────────────────────

function splitStep(stage: Stage, given: RandomWorld, checked: CheckedExperiment): Tensors {
  let known: Tensors = {};
  for (const fn of [stage.constants, stage.features, stage.step]) {
    if (fn === undefined) continue;
    known = { ...known, ...runFunction(fn, { ...known, ...feedsOf(fn.graph, given, checked) }) };
  }
  return known;
}

function wholeStep(given: RandomWorld, checked: CheckedExperiment): Tensors {
  const { training } = checked;
  const elaborator = new Elaborator('whole', checked, { batch: training.batch, vocabularies: new Map() }, true);
  const m = new Arithmetic(elaborator.builder);
  let total: NodeId = m.number(0);
  for (const { name, typed, weight } of training.terms) {
    const { node } = elaborator.value(typed);
    elaborator.output(`term ${name}`, node);
    total = m.binary('add', total, m.scale(node, weight.kind === 'constant' ? weight.value : Number.NaN));
  }
  elaborator.output('total', total);
  const { graph, inputs } = elaborator.finish();
  const trained = graphInputs(graph).flatMap(({ name, node }) => {
    const source = inputs[name];
    const flag = checked.parameters.find((parameter) => source?.kind === 'parameter' && source.name === `${parameter.name}.value`)?.flag; // prettier-ignore
    return flag === 'trainable' ? [{ name, node }] : [];
  });
  const { graph: both, gradients } = differentiate(graph, total, trained.map(({ node }) => node)); // prettier-ignore
  const wanted = [
    ...graph.outputs,
    ...trained.flatMap(({ name, node }) => {
      const gradient = gradients.get(node);
      return gradient === undefined ? [] : [{ name: `gradient ${name}`, node: gradient }];
    }),
  ];
  const values = evaluateNodes(both, feedsOf(both, given, checked), wanted.map(({ node }) => node), { precision: 'f64' }); // prettier-ignore
  return named(wanted, values);
}

function named(
  outputs: readonly { readonly name: string; readonly node: NodeId }[],
  values: ReadonlyMap<NodeId, TensorData>,
): Tensors {
  return Object.fromEntries(outputs.flatMap(({ name, node }) => {
    const value = values.get(node);
    return value === undefined ? [] : [[name, value] as const];
  })); // prettier-ignore
}

describe('a step that is split', () => {
  it('gives the terms and gradients of the whole', () => {
    fc.assert(
      fc.property(choices, flags, fc.constantFrom(2, 3, 4), fc.nat(1000), (tape, state, batch, seed) => {
        const given = worldOf(seed, batch);
        const formulas = randomFormulas(new Tape(tape), given.world, 14);
        const losses = readable(formulas).map((formula, at) => `loss L${at} = mean(${formula.name}) * r\n`);
        const names = ['L', ...losses.map((_, at) => `L${at}`)];
        const source = `${declarations(batch, state)}${formulas.map(equation).join('')}${losses.join('')}minimize ${names.join(' + 0.5 * ')}\n`; // prettier-ignore
        const { program, checked } = legal(source);
        const stage = program?.stages[0];
        if (stage === undefined) throw new Error('no step');
        expect(differences('the step', splitStep(stage, given, checked), wholeStep(given, checked))).toEqual([]);
      }),
      { numRuns },
    );
  });
});

// ── an evaluation ────────────────────────────────────────────────────

/** As the runtime does it: constants once, samples in batches of which the last is filled up, then the metrics over the set. */
function splitEvaluation(evaluation: Evaluation, given: RandomWorld, checked: CheckedExperiment): Tensors {
  const constants = runFunction(evaluation.constants, feedsFor(evaluation.constants, given, checked));
  const gathered = evaluation.samples === undefined ? {} : gather(evaluation, evaluation.samples, constants, given, checked); // prettier-ignore
  const feeds = feedsFor(evaluation.metrics, given, checked);
  return runFunction(evaluation.metrics, { ...constants, ...gathered, ...feeds });
}

const feedsFor = (fn: ProgramFunction | undefined, given: RandomWorld, checked: CheckedExperiment): Tensors =>
  fn === undefined ? {} : feedsOf(fn.graph, given, checked);

function gather(
  { count, batch }: Evaluation,
  samples: ProgramFunction,
  constants: Tensors,
  given: RandomWorld,
  checked: CheckedExperiment,
): Tensors {
  const parts = new Map<string, TensorData[]>();
  for (let from = 0; from < count; from += batch) {
    const indices = Array.from({ length: batch }, (_, at) => Math.min(from + at, count - 1));
    const feeds = Object.entries(feedsFor(samples, given, checked)).map(([name, value]) => {
      const isColumn = samples.inputs[name]?.kind === 'column';
      return [name, isColumn ? rows(whole(value, name, given), indices) : value] as const;
    });
    for (const [name, value] of Object.entries(runFunction(samples, { ...constants, ...Object.fromEntries(feeds) })))
      parts.set(name, [...(parts.get(name) ?? []), value]);
  }
  return Object.fromEntries([...parts].map(([name, each]) => [name, joined(each, count)]));
}

/** A column over the whole set, whatever the batch of the graph that reads it. */
function whole(value: TensorData, name: string, given: RandomWorld): TensorData {
  const column = given.feeds.get(name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return { ...value, shape: column.axes.map((axis) => axis.size) };
}

function wholeEvaluation(count: number, given: RandomWorld, checked: CheckedExperiment): Tensors {
  const elaborator = new Elaborator('whole', checked, { batch: count, vocabularies: new Map() }, false);
  for (const { name, typed } of checked.evaluations[0]?.metrics ?? [])
    elaborator.output(`metric ${name}`, elaborator.aligner.ordered(elaborator.value(typed), typed.type.axes).node);
  const { graph } = elaborator.finish();
  const values = evaluateNodes(graph, feedsOf(graph, given, checked), graph.outputs.map(({ node }) => node), { precision: 'f64' }); // prettier-ignore
  return named(graph.outputs, values);
}

const kept = new Set(['k', 'class', 'k2', 'class2']);

/** One number, or where it can one for each class or entry of `k`. */
function metric(formula: Formula, at: number): string {
  const gone = formula.meaning.axes.map((axis) => axis.name).filter((name) => at % 2 === 0 || !kept.has(name));
  return gone.length === 0 ? `metric m${at} = 1 * ${formula.name}` : `metric m${at} = mean(${formula.name}, over: [${gone.join(', ')}])`; // prettier-ignore
}

describe('an evaluation that is split', () => {
  it('gives the metrics of the whole set', () => {
    fc.assert(
      fc.property(choices, flags, fc.constantFrom(2, 3, 5), fc.constantFrom(1, 2, 3, 4), fc.nat(1000), (tape, state, count, batch, seed) => {
        const given = worldOf(seed, count);
        const formulas = randomFormulas(new Tape(tape), { ...given.world, orders: {} }, 14);
        const metrics = readable(formulas).map(metric);
        const source = `${declarations(2, state)}${formulas.map(equation).join('')}minimize L\nevaluate on seen {\n  batch: ${batch}\n${metrics.map((line) => `  ${line}\n`).join('')}}\n`;
        const { program, checked } = legal(source, { counts: new Map([['seen', count]]), vocabularies: new Map() });
        const evaluation = program?.stages[0]?.evaluations[0];
        if (evaluation === undefined) throw new Error('no evaluation');
        expect(differences('the evaluation', splitEvaluation(evaluation, given, checked), wholeEvaluation(count, given, checked))).toEqual([]);
      }), // prettier-ignore
      { numRuns },
    );
  });
});
