import { invariant } from '../compiler/common/invariant.ts';
import { graphInputs } from '../compiler/ir/graph.ts';
import type { Program } from '../compiler/program/program.ts';
import type { Stage } from '../compiler/program/stage.ts';
import { elementCount } from '../compiler/types/dtype.ts';
import type { StepResult } from './backends/backend.ts';
import type { BatchSource } from './batch-source.ts';
import type { RunEventBody, TermValue } from './events.ts';
import type { NonfiniteStep } from './proofs.ts';
import { RunError } from './run-error.ts';
import { weightAt } from './schedule.ts';
import { maskedCount, plannedCount } from './term-counts.ts';

/** How long a stage is. */
export interface StageLength {
  /** At most: of all samples and restarts together. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Of one restart; `steps` where there are none. */
  readonly perRestart: number;
  /** Samples that are optimised one by one; 1 where the stage is over its whole data. */
  readonly samples: number;
}

/** Whole batches alone: the last short one of an epoch is dropped. Throws RunError CX8241 where there is not one. */
export function lengthOfStage(stage: Stage, source: BatchSource | undefined): StageLength {
  // a stage that only evaluates or searches has no step
  if (stage.step.graph.outputs.length === 0) return { steps: 0, stepsPerEpoch: 1, perRestart: 0, samples: 1 };
  // of one sample there are no epochs either
  const isEach = stage.each === true;
  const { steps, stepsPerEpoch } = lengthOfRestart(stage, isEach ? undefined : source);
  const samples = isEach ? (source?.count ?? 1) : 1;
  return { steps: steps * (stage.restarts ?? 1) * samples, stepsPerEpoch, perRestart: steps, samples };
}

function lengthOfRestart(
  { name, data, batch, accumulate = 1, steps, epochs }: Stage,
  source: BatchSource | undefined,
): Pick<StageLength, 'steps' | 'stepsPerEpoch'> {
  if (source === undefined) {
    // Without data there are no epochs: `epochs: n` is n steps, `steps: n` one epoch of n.
    return steps === undefined
      ? { steps: Math.round(epochs ?? 0), stepsPerEpoch: 1 }
      : { steps, stepsPerEpoch: Math.max(1, steps) };
  }
  const stepsPerEpoch = Math.floor(source.count / (batch * accumulate));
  if (stepsPerEpoch === 0) {
    throw new RunError(
      'user',
      'CX8241',
      `stage ${name}: ${data} has ${source.count} samples, fewer than ${accumulate === 1 ? `one batch of ${batch}` : `${accumulate} batches of ${batch}, which one update takes`}`,
      {
        help: 'choose a smaller batch: the last short batch of an epoch is dropped in training',
      },
    );
  }
  return { steps: steps ?? Math.round((epochs ?? 0) * stepsPerEpoch), stepsPerEpoch };
}

/** Tensors that a step of the stage changes: the trainable ones and the buffers. */
export function changedBy(stage: Stage): Set<string> {
  const changed = new Set(stage.trainable);
  for (const source of Object.values(stage.step.outputs)) if (source.kind === 'buffer') changed.add(source.name);
  return changed;
}

/**
 * What the compiler promised, asked again: the optimiser, the gradients and the list of trainable tensors are the same tensors.
 * Throws RunError CX8243 where data marked test would select a checkpoint.
 */
export function checkStage(program: Program, stage: Stage): void {
  if (stage.step.graph.outputs.length > 0) checkTrained(stage);
  for (const { name, data, best } of stage.evaluations) {
    if (best === undefined || markOf(program, data) !== 'test') continue;
    throw new RunError(
      'user',
      'CX8243',
      `evaluation ${name} would select a checkpoint on ${data}, which is marked test`,
      {
        help: 'select on a part of the training data: `data train, val = split(…)`',
      },
    );
  }
}

function checkTrained(stage: Stage): void {
  const grouped = stage.groups.flatMap(({ parameters }) => parameters).filter((name) => stage.trainable.includes(name));
  invariant(stage.trainable.length > 0, `stage ${stage.name} trains nothing`);
  invariant(
    new Set(grouped).size === stage.trainable.length && grouped.length === stage.trainable.length,
    `stage ${stage.name}: the optimiser has ${grouped.length} tensors and ${stage.trainable.length} are trainable`,
  );
  const gradients = Object.values(stage.step.outputs).filter(({ kind }) => kind === 'gradient').length;
  invariant(
    gradients === stage.trainable.length,
    `stage ${stage.name} has ${gradients} gradients for ${stage.trainable.length} tensors`,
  );
  for (const { name } of graphInputs(stage.step.graph)) {
    invariant(stage.step.inputs[name], `${stage.step.id} does not say what feeds ${name}`);
  }
}

/** `test` where the file says `mark(test)`. */
export function markOf(program: Program, data: string): string | undefined {
  return program.data.find(({ name }) => name === data)?.mark;
}

export function planEvent(
  program: Program,
  stage: Stage,
  { steps, stepsPerEpoch }: Pick<StageLength, 'steps' | 'stepsPerEpoch'>,
): RunEventBody {
  const trained = new Set(stage.trainable);
  // the statistics of what trains move without a gradient: they are neither trained nor frozen
  const buffers = new Set(
    Object.values(stage.step.outputs).flatMap((output) => (output.kind === 'buffer' ? [output.name] : [])),
  );
  const sum = (wanted: boolean): { tensors: number; count: number } => {
    const chosen = program.parameters.filter(({ name }) =>
      wanted ? trained.has(name) : !trained.has(name) && !buffers.has(name),
    );
    return { tensors: chosen.length, count: chosen.reduce((total, { shape }) => total + elementCount(shape), 0) };
  };
  return {
    event: 'plan',
    stage: stage.name,
    steps,
    epochs: steps / stepsPerEpoch,
    stepsPerEpoch,
    batch: stage.batch,
    trainable: sum(true),
    frozen: sum(false),
    constants: [...new Set(Object.values(stage.constants?.describes ?? {}))],
    cached: [...new Set(Object.values(stage.features?.describes ?? {}))],
    terms: stage.terms.map((term) => {
      const { name, formula, weight } = term;
      const count = plannedCount(term, stage.accumulate ?? 1);
      return { name, formula, weight: weightAt(weight, 0, stepsPerEpoch), ...(count === undefined ? {} : { count }) };
    }),
  };
}

/** The total and each term of an update: of several batches their means, as the gradient is. */
function updateValues(
  stage: Stage,
  results: readonly StepResult[],
): { readonly total: number; readonly byTerm: ReadonlyMap<string, number> } {
  const valueOf = (output: string): number =>
    results.reduce((sum, { outputs }) => sum + (outputs[output]?.data[0] ?? NaN), 0) / results.length;
  const byTerm = new Map<string, number>();
  let total = NaN;
  for (const [output, source] of Object.entries(stage.step.outputs)) {
    if (source.kind === 'term') byTerm.set(source.name, valueOf(output));
    else if (source.kind === 'total') total = valueOf(output);
  }
  return { total, byTerm };
}

type StepEvent = Extract<RunEventBody, { event: 'step' }>;

/** What a step came to, and what of it is not finite. `step` counts from 0 within the restart. */
export function toldStep(
  stage: Stage,
  results: readonly StepResult[],
  step: number,
  stepsPerEpoch: number,
): {
  readonly values: Pick<StepEvent, 'total' | 'terms' | 'gradientNorm' | 'nonfinite'>;
  readonly fault?: Pick<NonfiniteStep, 'terms' | 'total' | 'gradients'>;
} {
  const { gradientNorm, nonfinite: gradients = [] } = results.at(-1) ?? { gradientNorm: NaN };
  const { total, byTerm } = updateValues(stage, results);
  const terms = stage.terms.map(({ name }) => ({ name, value: byTerm.get(name) ?? NaN }));
  const nonfinite = [
    ...terms.filter(({ value }) => !Number.isFinite(value)).map(({ name }) => name),
    ...(Number.isFinite(total) ? [] : ['total']),
    ...gradients.map((name) => `gradient of ${name}`),
  ];
  const isFinite = nonfinite.length === 0;
  return {
    values: {
      total: finiteOrNull(total),
      terms: termValues(stage, (name) => byTerm.get(name) ?? NaN, results, step, stepsPerEpoch),
      gradientNorm: finiteOrNull(gradientNorm),
      ...(isFinite ? {} : { nonfinite }),
    },
    ...(isFinite ? {} : { fault: { terms, total, gradients } }),
  };
}

/** Each term raw, weighted and as a share of the sum of absolute weighted terms. `raw` gives values by term name. */
function termValues(
  stage: Stage,
  raw: (name: string) => number,
  results: readonly StepResult[],
  step: number,
  stepsPerEpoch: number,
): TermValue[] {
  const values = stage.terms.map((term) => {
    const value = raw(term.name);
    const weighted = value * weightAt(term.weight, step, stepsPerEpoch);
    return { name: term.name, value, weighted, count: maskedCount(term, results) };
  });
  const whole = values.reduce((sum, { weighted }) => sum + Math.abs(weighted), 0);
  return values.map(({ name, value, weighted, count }) => ({
    name,
    raw: finiteOrNull(value),
    weighted: finiteOrNull(weighted),
    share: whole === 0 ? 0 : finiteOrNull(Math.abs(weighted) / whole),
    ...(count === undefined ? {} : { count }),
  }));
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
