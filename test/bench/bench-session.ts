import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import type { ProgramFunction } from '../../src/compiler/program/program-function.ts';
import { elementCount } from '../../src/compiler/types/dtype.ts';
import type { BackendInfo, BackendName, Engine } from '../../src/runtime/backends/backend.ts';
import { openHostSession } from '../../src/runtime/backends/host-session.ts';
import { openNativeOnnxRuntime } from '../../src/runtime/backends/onnxruntime-node.ts';
import { selectEngine } from '../../src/runtime/backends/select-engine.ts';
import { initialiseParameters } from '../../src/runtime/weights/initialise.ts';
import { benchProgram } from './bench-programs.ts';
import { compileFile, randomBatch } from './programs.ts';
import { openRecordingTensorflow } from './record-tensorflow.ts';

/** One of the measured programs, opened on an engine and fed with one random batch. */
export interface BenchSession {
  readonly info: BackendInfo;
  /** Elements of the weights that what is measured reads: the peer must have as many. */
  readonly parameters: number;
  step(): Promise<void>;
  dispose(): Promise<void>;
}

/** Throws BackendError `engine-unavailable` where the engine is not installed. */
export async function openBenchSession(
  name: string,
  backend: BackendName,
  threads: number,
  profilePrefix: string | undefined,
): Promise<BenchSession> {
  const { runs } = benchProgram(name);
  const engine = await openEngine(backend, threads, profilePrefix);
  const program = compileFile(`test/bench/${name}.clipx`);
  const [stage] = program.stages;
  const measured = runs === 'step' ? stage?.step : stage?.features;
  if (stage === undefined || measured === undefined) throw new Error(`${name} has no ${runs}`);
  const parameters = initialiseParameters(program.parameters, 1, '.');
  const request = { program, artefacts: lowererOf(program)(backend), parameters };
  const session = await (engine.openSession?.(request) ?? openHostSession(engine, request));
  parameters.clear();
  const batch = randomBatch(measured);
  let update = 0;
  return {
    info: session.info,
    parameters: weightsOf(measured, program.parameters),
    step: async () => {
      update++;
      if (runs === 'step') await session.step(stage.name, batch, { update, rate: 1 });
      else await session.call(measured.id, batch);
    },
    dispose: () => session.dispose(),
  };
}

async function openEngine(backend: BackendName, threads: number, profilePrefix: string | undefined): Promise<Engine> {
  if (profilePrefix !== undefined && backend === 'onnxruntime-node') {
    return await openNativeOnnxRuntime({ threads, profilePrefix });
  }
  if (profilePrefix !== undefined && backend === 'tensorflow') return openRecordingTensorflow(threads, profilePrefix);
  const { engine } = await selectEngine(backend, { threads });
  return engine;
}

function weightsOf(
  { inputs }: ProgramFunction,
  parameters: readonly {
    readonly name: string;
    readonly role: 'weight' | 'buffer';
    readonly shape: readonly number[];
  }[],
): number {
  const read = new Set(Object.values(inputs).flatMap((source) => (source.kind === 'parameter' ? [source.name] : [])));
  return parameters
    .filter(({ name, role }) => role === 'weight' && read.has(name))
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);
}
