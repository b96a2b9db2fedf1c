/** How long a run takes and how much memory, told from its program and from what its engine was measured to do. */
import { graphInputs, type Graph } from '../ir/graph.ts';
import { functionsOf } from '../program/functions.ts';
import type { Evaluation } from '../program/evaluation.ts';
import type { Program } from '../program/program.ts';
import type { ProgramFunction } from '../program/program-function.ts';
import type { Stage } from '../program/stage.ts';
import { bytesPerElement, elementCount } from '../types/dtype.ts';
import { stateBytes } from './cost.ts';
import type { DeviceProfile } from './device-profile.ts';
import { isComputed, peakBytes } from './liveness.ts';
import { secondsOf, workOf } from './work.ts';

export interface Estimate {
  /** `onnxruntime-node 1.30.0 on cpu, 2 threads`. */
  readonly engine: string;
  readonly seconds: number;
  readonly stages: readonly StageEstimate[];
  readonly memory: MemoryEstimate;
}

export interface StageEstimate {
  readonly name: string;
  readonly secondsPerStep: number;
  /** The same if nothing came from the cache. */
  readonly secondsPerStepUncached: number;
  /** Of the whole stage with its evaluations; null where the number of steps is not known. */
  readonly seconds: number | null;
}

/** Bytes of the process at its peak, by what takes them. */
export interface MemoryEstimate {
  readonly bytes: number;
  readonly process: number;
  readonly parameters: number;
  readonly state: number;
  readonly data: number;
  readonly values: number;
}

export interface EstimateFacts {
  /** Samples of each data set that was opened. */
  readonly counts: ReadonlyMap<string, number>;
  /** Steps of each stage, null where unknown. */
  readonly steps: ReadonlyMap<string, number | null>;
}

export function estimateOf(program: Program, profile: DeviceProfile, facts: EstimateFacts): Estimate {
  const stages = program.stages.map((stage) => stageEstimate(stage, program, profile, facts));
  const ops = functionsOf(program).reduce((sum, fn) => sum + opsOf(fn.graph), 0);
  const decoded = dataBytes(program, facts.counts);
  const { perLoadedOp, perDecodedByte } = profile.rates;
  const known = stages.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  return {
    engine: `${profile.engine} ${profile.version} on ${profile.device}, ${profile.threads} ${profile.threads === 1 ? 'thread' : 'threads'}`,
    seconds: known + ops * perLoadedOp + decoded * perDecodedByte,
    stages,
    memory: memoryEstimate(program, profile, decoded),
  };
}

// ── time ─────────────────────────────────────────────────────────────

function stageEstimate(
  stage: Stage,
  program: Program,
  { rates }: DeviceProfile,
  { counts, steps }: EstimateFacts,
): StageEstimate {
  const timeOf = (fn: ProgramFunction | undefined): number =>
    fn === undefined ? 0 : secondsOf(workOf(fn.graph), rates);
  const update = secondsOf({ productFlops: 0, convolutionFlops: 0, bytes: updateBytes(stage, program), ops: 0 }, rates);
  const { chunk } = stage;
  const batch =
    chunk === undefined
      ? timeOf(stage.step)
      : chunk.count * (timeOf(stage.step) + timeOf(chunk.encode)) + timeOf(chunk.loss);
  const perStep = batch + update;
  const perBatch = timeOf(stage.features);
  const count = steps.get(stage.name) ?? null;
  const samples = stage.data === undefined ? 0 : (counts.get(stage.data) ?? 0);
  const evaluations = stage.evaluations.reduce(
    (sum, evaluation) => sum + evaluationsIn(evaluation, count ?? 0, samples / stage.batch) * evaluationSeconds(evaluation, timeOf),
    0,
  ); // prettier-ignore
  const once = timeOf(stage.constants) + (samples / (chunk?.size ?? stage.batch)) * perBatch;
  return {
    name: stage.name,
    secondsPerStep: perStep,
    secondsPerStepUncached: perStep + perBatch,
    seconds: count === null ? null : once + count * perStep * (stage.accumulate ?? 1) + evaluations,
  };
}

/** A weight, its gradient and its slots are read, and all but the gradient written. */
function updateBytes(stage: Stage, program: Program): number {
  const state = stateBytes({ ...program, stages: [stage] });
  return 3 * state.gradients + 2 * state.slots;
}

/** At the end, and every so often before; the data are gone through once more before the first step, by one minibatch. */
function evaluationsIn({ every }: Evaluation, steps: number, stepsPerEpoch: number): number {
  if (every === undefined) return 1;
  const between = every.unit === 'step' ? every.value : every.value * Math.max(1, Math.floor(stepsPerEpoch));
  return Math.max(1, Math.floor(steps / between));
}

function evaluationSeconds(
  { samples, metrics, count, batch }: Evaluation,
  timeOf: (fn: ProgramFunction | undefined) => number,
): number {
  return Math.ceil(count / Math.max(1, batch)) * timeOf(samples) + timeOf(metrics);
}

// ── memory ───────────────────────────────────────────────────────────

const MiB = 2 ** 20;

/** What a run has besides an open engine: the thread that it trains in, the decoder of pictures, the screen. Measured. */
const runBytes = 80 * MiB;

/**
 * How the engines hold the values of functions, measured on the programs of `npm run bench`, whose runs are not those that the estimate is
 * judged by. Both have room for a step and for the largest of the other functions. onnxruntime keeps a pool for each of the two, which grows by
 * doubling: half more than values and windows. TensorFlow reads weights into variables of its own and holds some 60 KiB for each op of the
 * whole program.
 */
const holdings = {
  onnxruntime: { columns: true, factor: 1.5, perFunction: 24 * MiB, whole: 0, perOp: 0, copies: 1 },
  tensorflow: { columns: false, factor: 1.15, perFunction: 20 * MiB, whole: 30 * MiB, perOp: 60 * 1024, copies: 2 },
} as const;

function memoryEstimate(program: Program, profile: DeviceProfile, data: number): MemoryEstimate {
  const { columns, factor, perFunction, whole, perOp, copies } =
    holdings[profile.engine === 'tensorflow' ? 'tensorflow' : 'onnxruntime'];
  const state = stateBytes(program);
  const steps = new Set(program.stages.map(({ step }) => step.id));
  const values = (isStep: boolean): number =>
    Math.max(
      0,
      ...functionsOf(program)
        .filter(({ id }) => steps.has(id) === isStep)
        .map(({ graph }) => factor * peakBytes(graph, { columns }) + perFunction),
    );
  const ops = functionsOf(program).reduce((sum, { graph }) => sum + opsOf(graph), 0);
  const parts = {
    process: profile.idleBytes + runBytes + whole + ops * perOp,
    parameters: state.parameters * copies,
    // gradients leave onnxruntime, and stay among the values of TensorFlow
    state: state.slots + (profile.engine === 'tensorflow' ? 0 : state.gradients),
    data,
    values: values(true) + values(false),
  };
  return { bytes: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0), ...parts };
}

const opsOf = (graph: Graph): number => graph.nodes.filter(isComputed).length;

/** Columns stay decoded: their bytes a sample times the samples of each set that is read. */
function dataBytes(program: Program, counts: ReadonlyMap<string, number>): number {
  const perSample = new Map<string, Map<string, number>>();
  const note = (data: string | undefined, ...functions: readonly (ProgramFunction | undefined)[]): void => {
    if (data === undefined) return;
    const columns = perSample.get(data) ?? new Map<string, number>();
    perSample.set(data, columns);
    for (const fn of functions) for (const [name, bytes] of columnBytes(fn)) columns.set(name, bytes);
  };
  const samples = new Map(counts);
  for (const stage of program.stages) {
    note(stage.data, stage.features, stage.step, stage.chunk?.loss);
    for (const evaluation of stage.evaluations) {
      samples.set(evaluation.data, evaluation.count);
      note(evaluation.data, evaluation.samples, evaluation.metrics);
    }
  }
  let sum = 0;
  for (const [data, columns] of perSample)
    for (const bytes of columns.values()) sum += bytes * (samples.get(data) ?? 0);
  return sum;
}

/** Bytes that one sample of each column takes in a function. */
function columnBytes(fn: ProgramFunction | undefined): ReadonlyMap<string, number> {
  const columns = new Map<string, number>();
  if (fn === undefined) return columns;
  for (const { name, type } of graphInputs(fn.graph)) {
    const source = fn.inputs[name];
    if (source?.kind !== 'column') continue;
    columns.set(`${source.column}.${source.part}`, elementCount(type.shape.slice(1)) * bytesPerElement[type.dtype]);
  }
  return columns;
}
