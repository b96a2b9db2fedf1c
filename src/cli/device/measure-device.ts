import process from 'node:process';
import { compile } from '../../compiler/compile.ts';
import { invariant } from '../../compiler/common/invariant.ts';
import { graphInputs } from '../../compiler/ir/graph.ts';
import { lowererOf } from '../../compiler/lower/lower-program.ts';
import type { DeviceProfile } from '../../compiler/plan/device-profile.ts';
import { isComputed } from '../../compiler/plan/liveness.ts';
import { fitRates, secondsOf, workOf, type Timed } from '../../compiler/plan/work.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { ProgramFunction } from '../../compiler/program/program-function.ts';
import { elementCount } from '../../compiler/types/dtype.ts';
import type { BackendInfo, BackendName, TensorValue } from '../../runtime/backends/backend.ts';
import { openHostSession } from '../../runtime/backends/host-session.ts';
import { selectEngine } from '../../runtime/backends/select-engine.ts';
import { initialiseParameters } from '../../runtime/weights/initialise.ts';
import { processorName } from './device-file.ts';
import { devicePrograms } from './device-programs.ts';

interface MeasureRequest {
  readonly backend: 'auto' | BackendName;
  readonly threads: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** The profile, and how far it is from what it was fitted to: times told over times taken, a program each. */
export interface Measurement {
  readonly profile: DeviceProfile;
  readonly fits: readonly { readonly name: string; readonly seconds: number; readonly told: number }[];
}

/** Times an engine on small training steps and on decoding a picture. Throws BackendError where no such engine opens. */
export async function measureDevice({ backend, threads, now, onProgress }: MeasureRequest): Promise<Measurement> {
  const idle = await idleProcess(backend, threads);
  const { info } = idle;
  const measured: { readonly name: string; readonly timed: Timed; readonly loading: number; readonly ops: number }[] =
    [];
  for (const [index, text] of devicePrograms.entries()) {
    onProgress(index, devicePrograms.length);
    measured.push(await measureProgram(text, info.name, threads));
  }
  onProgress(devicePrograms.length, devicePrograms.length);
  const rates = fitRates(measured.map(({ timed }) => timed));
  const loaded = measured.map(({ loading, ops }) => loading / ops).toSorted((a, b) => a - b); // prettier-ignore
  return {
    profile: {
      schema: 'clipx.device/1',
      engine: info.name,
      version: info.version,
      device: info.device,
      threads: info.threads,
      processor: processorName(),
      measured: now,
      rates: {
        ...rates,
        perLoadedOp: loaded[Math.floor(loaded.length / 2)] ?? 0,
        perDecodedByte: await secondsPerDecodedByte(),
      },
      idleBytes: idle.bytes,
    },
    fits: measured.map(({ name, timed: { seconds, work } }) => ({ name, seconds, told: secondsOf(work, rates) })),
  };
}

/** A process that has compiled something and opened the engine: what every run is before its first tensor. */
async function idleProcess(
  backend: 'auto' | BackendName,
  threads: number,
): Promise<{ readonly info: BackendInfo; readonly bytes: number }> {
  for (const text of devicePrograms) compileText(text);
  const { engine } = await selectEngine(backend, { threads });
  const bytes = process.memoryUsage().rss;
  await engine.dispose();
  return { info: engine.info, bytes };
}

const repetitions = 5;

function compileText(text: string): Program {
  const host = { readText: () => undefined, allows: () => false };
  const { program, diagnostics } = compile({ path: 'device.clipx', text, host });
  invariant(program, diagnostics.map(({ message }) => message).join('; '));
  return program;
}

async function measureProgram(
  text: string,
  backend: BackendName,
  threads: number,
): Promise<{ name: string; timed: Timed; loading: number; ops: number }> {
  const program = compileText(text);
  const [stage] = program.stages;
  invariant(stage, 'a program that a device is timed on has one stage');
  const parameters = initialiseParameters(program.parameters, 1, '.');
  const request = { program, artefacts: lowererOf(program)(backend), parameters };
  const { engine } = await selectEngine(backend, { threads });
  const session = await (engine.openSession?.(request) ?? openHostSession(engine, request));
  const feeds = someFeeds(stage.step);
  try {
    const seconds: number[] = [];
    // the first one loads the graph, the second warms up what is made on first use
    for (let update = 1; update <= repetitions + 2; update++) {
      const start = performance.now();
      await session.step(stage.name, feeds, { update, rate: 1 });
      seconds.push((performance.now() - start) / 1000);
    }
    const [first = 0, , ...rest] = seconds;
    const best = Math.min(...rest);
    const { graph } = stage.step;
    const ops = graph.nodes.filter(isComputed).length;
    return {
      name: program.name,
      timed: { work: workOf(graph), seconds: best },
      loading: Math.max(0, first - best),
      ops,
    };
  } finally {
    await session.dispose();
  }
}

/** Every number one half, every index 0. */
function someFeeds(fn: ProgramFunction): Record<string, TensorValue> {
  const feeds: Record<string, TensorValue> = {};
  for (const { name, type } of graphInputs(fn.graph)) {
    if (fn.inputs[name]?.kind === 'parameter') continue;
    const count = elementCount(type.shape);
    if (type.dtype === 'f32') feeds[name] = { ...type, data: new Float32Array(count).fill(0.5) };
    else if (type.dtype === 'i32') feeds[name] = { ...type, data: new Int32Array(count) };
    else feeds[name] = { ...type, data: new Uint8Array(count).fill(type.dtype === 'u8' ? 128 : 1) };
  }
  return feeds;
}

const side = 256;

/** Of a JPEG of noise, read as a training run reads pictures. */
async function secondsPerDecodedByte(): Promise<number> {
  const { default: sharp } = await import('sharp');
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, at) => (at * 2_654_435_761) >>> 24);
  const encoded = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .jpeg()
    .toBuffer();
  const count = 40;
  const start = performance.now();
  for (let at = 0; at < count; at++) await sharp(encoded).raw().toBuffer();
  return (performance.now() - start) / 1000 / (count * pixels.length);
}
