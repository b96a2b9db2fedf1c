import type { Initialisation } from '../../program/parameter.ts';

export function constant(value: number): Initialisation {
  return { kind: 'constant', value };
}

export function normal(deviation: number): Initialisation {
  return { kind: 'normal', mean: 0, deviation };
}

/** Uniform in ±bound. */
export function uniform(bound: number): Initialisation {
  return { kind: 'uniform', low: -bound, high: bound };
}

/**
 * PyTorch's default for the weight and the bias of linear and convolution layers: Kaiming-uniform with a = √5, which is ±1/√fanIn.
 * `fanIn` counts the inputs of one output: kernel height × width × channels per group for a convolution.
 */
export function frameworkDefault(fanIn: number): Initialisation {
  return uniform(1 / Math.sqrt(fanIn));
}

/** Kaiming-normal by fan-out with the gain of ReLU, as torchvision draws the convolutions of its ResNets (He et al., 2015). */
export function kaimingFanOut(fanOut: number): Initialisation {
  return normal(Math.sqrt(2 / fanOut));
}

/** Glorot and Bengio, 2010; PyTorch's multi-head attention draws its joint query-key-value matrix so. */
export function xavierUniform(input: number, output: number): Initialisation {
  return uniform(Math.sqrt(6 / (input + output)));
}
