/** Twenty training steps of the shipped experiments, shrunk, in sessions of several engines: the same losses and the same parameters. */
import { beforeAll, describe, expect, it } from 'vitest';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import type { Engine, TensorValue } from '../../src/runtime/backends/backend.ts';
import { openHostSession } from '../../src/runtime/backends/host-session.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { engineColumns } from './engines.ts';
import { experiments, feedsOf, knownOf, programOf, startOf } from './shrunk-experiments.ts';

const steps = 20;
/** Of the experiments' own learning rate: at full rate a kink of a ReLU that is met or missed by rounding soon shows in everything. */
const slow = 0.1;

interface Trained {
  /** Of each step, by output. */
  readonly losses: readonly Readonly<Record<string, number>>[];
  readonly start: ReadonlyMap<string, Float32Array>;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

type Tensors = Readonly<Record<string, TensorValue>>;

async function train(engine: Engine, program: Program, known: Tensors): Promise<Trained> {
  const [stage] = program.stages;
  if (stage === undefined) throw new Error('the program has no stage');
  const parameters = startOf(program);
  const request = { program, artefacts: lowererOf(program)(engine.info.name), parameters };
  const session = await (engine.openSession?.(request) ?? openHostSession(engine, request));
  try {
    const losses: Record<string, number>[] = [];
    for (let update = 1; update <= steps; update++) {
      const all = Object.entries(feedsOf(program, stage.step, known, update));
      const feeds = all.filter(([name]) => stage.step.inputs[name]?.kind !== 'parameter');
      const { outputs, gradientNorm, nonfinite } = await session.step(stage.name, Object.fromEntries(feeds), {
        update,
        rate: slow,
      });
      expect(nonfinite).toBeUndefined();
      const scalars = Object.entries(outputs).map(([name, { data }]): [string, number] => [
        name,
        data[0] ?? Number.NaN,
      ]);
      losses.push({ ...Object.fromEntries(scalars), 'gradient norm': gradientNorm });
    }
    return { losses, start: parameters, parameters: await session.readParameters() };
  } finally {
    await session.dispose();
  }
}

describe.each(Object.entries(experiments))('twenty steps of %s, shrunk', (_, shrunk) => {
  const program = programOf(shrunk);
  let known: Tensors = {};
  let expected: Trained | undefined;
  beforeAll(async () => {
    known = await knownOf(program);
    expected = await train(openReference(), program, known);
  });

  it('change the parameters and the losses', () => {
    const totals = expected?.losses.map(({ total }) => total ?? Number.NaN) ?? [];
    expect(new Set(totals).size).toBe(steps);
    expect(totals.every(Number.isFinite)).toBe(true);
  });

  it.each(engineColumns.filter(({ name }) => name !== 'onnxruntime-web'))(
    'are those of the reference: $name',
    async ({ open, isSkipped }) => {
      if (isSkipped) return;
      const trained = await train(await open(), program, known);
      const report: string[] = [];
      for (const [at, losses] of (expected?.losses ?? []).entries()) {
        for (const [name, loss] of Object.entries(losses)) {
          const found = trained.losses[at]?.[name] ?? Number.NaN;
          const error = Math.abs(found - loss) / Math.max(1e-3, Math.abs(loss));
          if (!(error < 3e-3)) report.push(`step ${at + 1}: ${name} is ${found}, the reference says ${loss}`);
        }
      }
      for (const [name, value] of expected?.parameters ?? []) {
        const found = trained.parameters.get(name) ?? new Float32Array();
        const moved = distance(value, expected?.start.get(name));
        const error = distance(value, found);
        // A quarter of the way that it went (most tensors: a hundredth), or rounding.
        if (!(error <= 0.25 * moved + 1e-5 * Math.hypot(...value)))
          report.push(`${name} is off by ${error} after a way of ${moved}`);
      }
      expect(report).toEqual([]);
    },
  );
});

function distance(a: Float32Array, b: Float32Array | undefined): number {
  return Math.sqrt(a.reduce((sum, entry, at) => sum + (entry - (b?.[at] ?? Number.NaN)) ** 2, 0));
}
