/** Sessions that compute and keep everything in double precision: what a program means, whatever float32 makes of it. */
import { invariant } from '../../src/compiler/common/invariant.ts';
import { evaluateGraph } from '../../src/compiler/ir/evaluate.ts';
import type { TensorData } from '../../src/compiler/ir/tensor-data.ts';
import { functionsOf } from '../../src/compiler/program/functions.ts';
import { slotsOf, type SlotName } from '../../src/compiler/program/optimiser-slots.ts';
import type { Stage } from '../../src/compiler/program/stage.ts';
import type { Engine, Session, SessionRequest, StepScalars, TensorValue } from '../../src/runtime/backends/backend.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { clipFactor, updateTensor } from '../../src/runtime/optimiser/method.ts';

type Doubles = Map<string, Float64Array>;

/** The reference evaluator without rounding, and its parameters and optimisers likewise. Results are rounded when they are given away. */
export function openDouble(): Engine {
  return { ...openReference(), openSession: (request) => Promise.resolve(openSession(request)) };
}

function openSession({ program, parameters }: SessionRequest): Session {
  const functions = new Map(functionsOf(program).map((fn) => [fn.id, fn]));
  const shapes = new Map(program.parameters.map(({ name, shape }) => [name, shape]));
  const values: Doubles = new Map([...parameters].map(([name, value]) => [name, Float64Array.from(value)]));
  const slots = new Map<string, Partial<Record<SlotName, Float64Array>>>();

  function evaluated(id: string, feeds: Readonly<Record<string, TensorValue>>): Record<string, TensorData> {
    const fn = functions.get(id);
    invariant(fn, `the program has no function ${id}`);
    const own = Object.entries(fn.inputs).flatMap(([input, source]) => (source.kind === 'parameter' ? [[input, { dtype: 'f32', shape: shapes.get(source.name) ?? [], data: doublesOf(values, source.name) }] as const] : [])); // prettier-ignore
    return evaluateGraph(fn.graph, { ...feeds, ...Object.fromEntries(own) }, { precision: 'f64' });
  }

  function update(stage: Stage, gradients: Doubles, norm: number, { rate, update: count }: StepScalars): void {
    for (const group of stage.groups)
      for (const name of group.parameters) {
        const gradient = gradients.get(name);
        const parameter = program.parameters.find((each) => each.name === name);
        if (gradient === undefined || parameter === undefined) continue;
        const state = slots.get(name) ?? Object.fromEntries(slotsOf(group.method).map((slot) => [slot, new Float64Array(gradient.length)])); // prettier-ignore
        slots.set(name, state);
        updateTensor(group.method, doublesOf(values, name), gradient, state, {
          update: count,
          learningRate: group.learningRate * rate * parameter.learningRateScale,
          decay: parameter.decay ? group.decay : 0,
          gradientScale: clipFactor(norm, stage.clipGradient),
        });
      }
  }

  return {
    info: openReference().info,
    call: (id, feeds) => Promise.resolve(singles(evaluated(id, feeds))),
    step: (name, feeds, scalars) => {
      const stage = program.stages.find((each) => each.name === name);
      invariant(stage, `the program has no stage ${name}`);
      if (scalars.update === 1) slots.clear();
      const results = evaluated(stage.step.id, feeds);
      const gradients: Doubles = new Map();
      const outputs: Record<string, TensorData> = {};
      for (const [output, source] of Object.entries(stage.step.outputs)) {
        const result = results[output];
        invariant(result, `${stage.step.id} gave no ${output}`);
        if (source.kind === 'gradient') gradients.set(source.parameter, Float64Array.from(result.data));
        else if (source.kind === 'buffer') values.set(source.name, Float64Array.from(result.data));
        else outputs[output] = result;
      }
      const norm = Math.sqrt([...gradients.values()].reduce((sum, gradient) => gradient.reduce((all, x) => all + x * x, sum), 0)); // prettier-ignore
      update(stage, gradients, norm, scalars);
      return Promise.resolve({ outputs: singles(outputs), gradientNorm: norm });
    },
    readParameters: (names) => Promise.resolve(new Map((names ?? [...values.keys()]).map((name) => [name, Float32Array.from(doublesOf(values, name))]))), // prettier-ignore
    writeParameters: (given) => {
      for (const [name, value] of given) values.set(name, Float64Array.from(value));
      return Promise.resolve();
    },
    readSlots: () => Promise.resolve(new Map([...slots].flatMap(([name, state]) => Object.entries(state).map(([slot, value]) => [`${name}/${slot}`, Float32Array.from(value)] as const)))), // prettier-ignore
    writeSlots: () => Promise.reject(new Error('a run in double precision is not resumed')),
    dispose: () => Promise.resolve(),
  };
}

function doublesOf(values: Doubles, name: string): Float64Array {
  const value = values.get(name);
  invariant(value, `the session was given no value of ${name}`);
  return value;
}

/** As engines give them. */
function singles(results: Readonly<Record<string, TensorData>>): Record<string, TensorValue> {
  const single = ({ dtype, shape, data }: TensorData): TensorValue => ({ dtype, shape, data: dtype === 'f32' ? Float32Array.from(data) : dtype === 'i32' ? Int32Array.from(data) : Uint8Array.from(data) }); // prettier-ignore
  return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, single(value)]));
}
