import { elementCount, sameShape, type Shape } from '../types/dtype.ts';
import { erf } from './erf.ts';
import type { Kernels, Operands } from './kernel.ts';
import type { BinaryOp, CompareOp, LogicOp, UnaryOp } from './ops.ts';
import { broadcastStrides, stridedOffsets } from './strided.ts';
import type { Numbers, TensorData } from './tensor-data.ts';

/** What the elementwise ops mean, on doubles; the result array rounds. */
export const elementwiseKernels: Kernels<UnaryOp | BinaryOp | CompareOp | LogicOp | 'cast' | 'stop' | 'select'> = {
  neg: map((x) => -x),
  exp: map(Math.exp),
  log: map(Math.log),
  sqrt: map(Math.sqrt),
  abs: map(Math.abs),
  sign: map(Math.sign),
  sin: map(Math.sin),
  cos: map(Math.cos),
  acos: map(Math.acos),
  tanh: map(Math.tanh),
  // The branch keeps exp from overflowing.
  sigmoid: map((x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))),
  // log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
  softplus: map((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  relu: map((x) => (x < 0 ? 0 : x)),
  erf: map(erf),
  // x Φ(x)
  gelu: map((x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2))),
  floor: map(Math.floor),
  ceil: map(Math.ceil),
  round: map(roundHalfToEven),
  not: map((x) => (x === 0 ? 1 : 0)),
  cast: ([x], result, { dtype }) => {
    if (dtype === 'f32') result.data.set(x.data);
    else apply(x.data, result.data, dtype === 'bool' ? (value) => (value === 0 ? 0 : 1) : Math.trunc);
  },
  stop: ([x], result) => result.data.set(x.data),

  add: zip((a, b) => a + b),
  sub: zip((a, b) => a - b),
  mul: zip((a, b) => a * b),
  // Storing into an Int32Array truncates towards zero, which is what i32 division means.
  div: zip((a, b) => a / b),
  pow: zip(Math.pow),
  max: zip(Math.max),
  min: zip(Math.min),
  atan2: zip(Math.atan2),
  eq: zip((a, b) => (a === b ? 1 : 0)),
  ne: zip((a, b) => (a !== b ? 1 : 0)),
  lt: zip((a, b) => (a < b ? 1 : 0)),
  le: zip((a, b) => (a <= b ? 1 : 0)),
  gt: zip((a, b) => (a > b ? 1 : 0)),
  ge: zip((a, b) => (a >= b ? 1 : 0)),
  and: zip((a, b) => a & b),
  or: zip((a, b) => a | b),
  select: ([condition, a, b], result) => {
    const [atCondition, atA, atB] = [condition, a, b].map((x) => offsetsIn(x, result.shape));
    for (let at = 0; at < result.data.length; at++) {
      const holds = condition.data[atCondition?.[at] ?? at] !== 0;
      result.data[at] = holds ? a.data[atA?.[at] ?? at]! : b.data[atB?.[at] ?? at]!;
    }
  },
};

type ElementwiseKernel = (operands: Operands, result: TensorData) => void;

function map(f: (x: number) => number): ElementwiseKernel {
  return ([x], result) => apply(x.data, result.data, f);
}

function apply(x: Numbers, result: Numbers, f: (x: number) => number): void {
  for (let at = 0; at < x.length; at++) result[at] = f(x[at]!);
}

function zip(f: (a: number, b: number) => number): ElementwiseKernel {
  return ([a, b], result) => {
    const [x, y, out] = [a.data, b.data, result.data];
    const atA = offsetsIn(a, result.shape);
    const atB = offsetsIn(b, result.shape);
    if (!atA && !atB) for (let at = 0; at < out.length; at++) out[at] = f(x[at]!, y[at]!);
    else if (!atA && y.length === 1) for (let at = 0; at < out.length; at++) out[at] = f(x[at]!, y[0]!);
    else for (let at = 0; at < out.length; at++) out[at] = f(x[atA?.[at] ?? at]!, y[atB?.[at] ?? at]!);
  };
}

/** Offsets of a broadcast operand; none where it has the result's own elements. */
function offsetsIn(operand: TensorData, shape: Shape): Int32Array | undefined {
  if (sameShape(operand.shape, shape) || operand.data.length === elementCount(shape)) return undefined;
  return stridedOffsets(shape, broadcastStrides(operand.shape, shape));
}

/** IEEE 754 roundToIntegralTiesToEven, as every engine does it. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
