/** Recurrent layers, unrolled along their axis: the graph is static. Gates in PyTorch's order. */
import { Arithmetic } from '../../ir/arithmetic.ts';
import type { NodeId } from '../../ir/graph.ts';
import type { LayerContext } from '../layer-context.ts';
import { uniform } from './initialisations.ts';
import { linear } from './linear.ts';
import { join } from './path.ts';

interface Steps {
  readonly m: Arithmetic;
  readonly n: number;
  readonly width: number;
  /** What each step adds from its input, `[n, gates · width]`. */
  readonly inputs: readonly NodeId[];
  /** The product with the state before, `[n, gates · width]`. */
  readonly recur: (state: NodeId) => NodeId;
  /** The new state where the step is real, else the state before. */
  readonly held: (step: number, now: NodeId, before: NodeId) => NodeId;
  readonly part: (x: NodeId, index: number) => NodeId;
}

function stepsOf(context: LayerContext, path: string, x: NodeId, width: number, gates: number, real: NodeId | undefined): Steps {
  const m = new Arithmetic(context.builder);
  const [n = 1, steps = 1] = m.shape(x);
  const start = uniform(width ** -0.5);
  const options = { output: gates * width, weightInit: start, biasInit: start };
  const all = linear(context, join(path, 'input'), x, options);
  const at = (value: NodeId, step: number, size: number): NodeId =>
    m.reshape(m.op('slice', [value], { starts: [0, step, 0], sizes: [n, 1, size] }), [n, size]);
  return {
    m, n, width,
    inputs: Array.from({ length: steps }, (_, step) => at(all, step, gates * width)),
    recur: (state) => linear(context, join(path, 'hidden'), state, options),
    held: (step, now, before) => {
      if (real === undefined) return now;
      const there = m.op('slice', [real], { starts: [0, step], sizes: [n, 1] });
      return m.op('select', [there, now, before], {});
    },
    part: (value, index) => m.op('slice', [value], { starts: [0, index * width], sizes: [n, width] }),
  };
} // prettier-ignore

const stacked = ({ m, n, width }: Steps, states: readonly NodeId[]): NodeId =>
  m.op('concat', states.map((state) => m.reshape(state, [n, 1, width])), { axis: 1 }); // prettier-ignore

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997) over `x [n, steps, inputs] → [n, steps, width]`. Gates input, forget, cell,
 * output in the rows of `input.weight [4·width, inputs]` and `hidden.weight`. Where `real [n, steps]` is false the state is held.
 */
export function lstm(context: LayerContext, path: string, x: NodeId, width: number, real?: NodeId): NodeId {
  const steps = stepsOf(context, path, x, width, 4, real);
  const { m, n, part } = steps;
  let state = m.filled(0, [n, width]);
  let cell = state;
  const states = steps.inputs.map((input, step) => {
    const gates = m.add(input, steps.recur(state));
    const gate = (index: number): NodeId => m.unary('sigmoid', part(gates, index));
    const fresh = m.add(m.mul(gate(1), cell), m.mul(gate(0), m.unary('tanh', part(gates, 2))));
    const given = m.mul(gate(3), m.unary('tanh', fresh));
    cell = steps.held(step, fresh, cell);
    state = steps.held(step, given, state);
    return state;
  });
  return stacked(steps, states);
}

/**
 * Gated recurrent unit (Cho et al., 2014) over `x [n, steps, inputs] → [n, steps, width]`. Gates reset, update, new in the rows of
 * `input.weight [3·width, inputs]` and `hidden.weight`; the reset gate acts on the product with the state, as PyTorch has it.
 */
export function gru(context: LayerContext, path: string, x: NodeId, width: number, real?: NodeId): NodeId {
  const steps = stepsOf(context, path, x, width, 3, real);
  const { m, n, part } = steps;
  let state = m.filled(0, [n, width]);
  const states = steps.inputs.map((input, step) => {
    const recurred = steps.recur(state);
    const gate = (index: number): NodeId => m.unary('sigmoid', m.add(part(input, index), part(recurred, index)));
    const fresh = m.unary('tanh', m.add(part(input, 2), m.mul(gate(0), part(recurred, 2))));
    const update = gate(1);
    // (1 − z)·new + z·state
    const given = m.add(fresh, m.mul(update, m.sub(state, fresh)));
    state = steps.held(step, given, state);
    return state;
  });
  return stacked(steps, states);
}
