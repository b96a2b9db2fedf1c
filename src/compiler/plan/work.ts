import type { Graph } from '../ir/graph.ts';
import { flopsOf } from './cost.ts';
import type { DeviceRates } from './device-profile.ts';
import { bytesOf, isComputed } from './liveness.ts';

/** What a graph asks of a device, in the terms in which devices are measured. */
export interface Work {
  readonly productFlops: number;
  readonly convolutionFlops: number;
  /** That its ops read and write, each op on its own. */
  readonly bytes: number;
  readonly ops: number;
}

export function workOf(graph: Graph): Work {
  let [productFlops, convolutionFlops, bytes, ops] = [0, 0, 0, 0];
  for (const node of graph.nodes) {
    if (!isComputed(node)) continue;
    ops += 1;
    const flops = flopsOf(node, graph);
    if (node.op === 'matmul') productFlops += flops;
    else convolutionFlops += flops;
    bytes += bytesOf(node);
    for (const input of node.inputs) {
      const operand = graph.nodes[input];
      if (operand !== undefined) bytes += bytesOf(operand);
    }
  }
  return { productFlops, convolutionFlops, bytes, ops };
}

/** The rates by which a call of a graph is timed. */
export type StepRates = Pick<DeviceRates, 'perProductFlop' | 'perConvolutionFlop' | 'perByte' | 'perOp'>;

/** Seconds of one call of a graph. */
export function secondsOf(work: Work, rates: StepRates): number {
  return (
    work.productFlops * rates.perProductFlop +
    work.convolutionFlops * rates.perConvolutionFlop +
    work.bytes * rates.perByte +
    work.ops * rates.perOp
  );
}

/** A graph that was timed. */
export interface Timed {
  readonly work: Work;
  readonly seconds: number;
}

const terms = ['productFlops', 'convolutionFlops', 'bytes', 'ops'] as const;

/**
 * Rates that explain the times best: least squares of the relative errors, no rate below zero (coordinate descent; four unknowns). A kind of
 * work that nothing timed has is free.
 */
export function fitRates(timed: readonly Timed[]): StepRates {
  const rows = timed.map(({ work, seconds }) => terms.map((term) => work[term] / seconds));
  const rates = terms.map(() => 0);
  for (let round = 0; round < 10_000; round++) {
    for (const [at] of terms.entries()) {
      let [product, square] = [0, 0];
      for (const row of rows) {
        const others = row.reduce((sum, value, index) => sum + (index === at ? 0 : value * (rates[index] ?? 0)), 0);
        product += (row[at] ?? 0) * (1 - others);
        square += (row[at] ?? 0) ** 2;
      }
      rates[at] = square === 0 ? 0 : Math.max(0, product / square);
    }
  }
  const [perProductFlop = 0, perConvolutionFlop = 0, perByte = 0, perOp = 0] = rates;
  return { perProductFlop, perConvolutionFlop, perByte, perOp };
}
