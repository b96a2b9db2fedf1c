import { expect } from 'vitest';
import type { Program } from '../../src/compiler/program/program.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import { openTensorflow } from '../../src/runtime/backends/tensorflow/tensorflow-engine.ts';
import { engineColumns } from '../conformance/engines.ts';
import { openChecking } from './checking-engine.ts';
import { compileOnRandomData, runSmall, type SystemRun } from './run-system.ts';

/** Engines that a system is held against the reference on: all but the one of browsers, whose kernels are those of onnxruntime. */
const native = engineColumns.filter(({ name, isSkipped }) => name !== 'onnxruntime-web' && !isSkipped);

/**
 * A system trains two steps of every stage and is evaluated, on made-up samples: every function gives on each engine what it gives by the
 * reference, gradients among its results; the losses and metrics of the run are finite.
 */
export async function expectTrained(name: string, row?: string): Promise<void> {
  const { program, diagnostics } = await compileOnRandomData(name, row);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(program?.random).toBe(true);
  if (program === undefined) return;
  const checking = await openChecking(native);
  const run = await runSmall(program, { openEngine: () => Promise.resolve(checking.engine) });
  expect(run.outcome.error).toBeUndefined();
  expect(checking.faults).toEqual([]);
  expectSteps(program, run);
}

export const hasTensorflow = native.some(({ name }) => name === 'tensorflow');

/** The same program as TensorFlow runs it, which keeps the parameters in its graph and updates them there: as good as the same losses. */
export async function expectTrainedInTensorflow(name: string): Promise<void> {
  const { program } = await compileOnRandomData(name);
  if (program === undefined) throw new Error(`${name} is no program`);
  const lower = lowererOf(program);
  const run = await runSmall(program, { openEngine: () => openTensorflow({ threads: 2 }), lower });
  expect(run.outcome.error).toBeUndefined();
  expectSteps(program, run);
}

function expectSteps(program: Program, { outcome, events }: SystemRun): void {
  const steps = events.filter((event) => event.event === 'step');
  for (const stage of program.stages) {
    const own = steps.filter((step) => step.stage === stage.name);
    // a search is one step; a stage that only measures has none
    const wanted = stage.terms.length === 0 ? 0 : (stage.steps ?? 0) * (stage.restarts ?? 1);
    // of each sample by itself there are so many
    expect(stage.each === true ? own.length / 2 : own.length, `steps of ${stage.name}`).toBe(wanted);
    for (const { total, gradientNorm } of own) expect([total, gradientNorm].every(Number.isFinite)).toBe(true);
  }
  const measured = program.stages.flatMap(({ name, evaluations }) => evaluations.map((each) => `${name} ${each.name}`));
  for (const place of measured)
    expect(
      outcome.results.some((result) => `${result.stage} ${result.evaluation}` === place),
      place,
    ).toBe(true);
  // of a few samples some entry of an axis may have none: then that one is null, and said
  for (const { evaluation, metrics } of outcome.results)
    for (const { name: metric, value, values } of metrics)
      expect(
        (values ?? [value]).some((each) => each !== null),
        `${evaluation} ${metric}`,
      ).toBe(true);
}
