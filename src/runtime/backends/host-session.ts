/**
 * A session for engines that keep no state: parameters and optimiser slots live in WebAssembly memory, reach the engine as views without
 * a copy, and are updated in place by the fused kernels.
 */
import { invariant } from '../../compiler/common/invariant.ts';
import { changingParameters, slotsOfParameter } from '../../compiler/program/changing-parameters.ts';
import { functionsOf, stepFunctions } from '../../compiler/program/functions.ts';
import { slotsOf, type SlotName } from '../../compiler/program/optimiser-slots.ts';
import type { ParameterTensor } from '../../compiler/program/parameter.ts';
import type { Program } from '../../compiler/program/program.ts';
import type { ProgramFunction } from '../../compiler/program/program-function.ts';
import type { Stage } from '../../compiler/program/stage.ts';
import { elementCount } from '../../compiler/types/dtype.ts';
import { kernelsOver } from '../optimiser/kernels.ts';
import type { Kernels } from '../optimiser/kernels.ts';
import { clipFactor } from '../optimiser/method.ts';
import { RunError } from '../run-error.ts';
import type { Engine, Session, SessionRequest, StepResult, StepScalars, TensorValue } from './backend.ts';
import { LoadedFunctions } from './loaded-functions.ts';

/** Gradients pass through a window of this many elements: it stays in the processor's cache and needs no second copy of all gradients. */
const windowElements = 16_384;
const windowBytes = windowElements * 4;
const pageBytes = 65_536;
/** A WebAssembly memory ends at 4 GiB; more tensors than fit go to further memories. */
const memoryLimit = 3 * 2 ** 30;

/** A tensor that some stage changes. */
interface LiveTensor {
  readonly parameter: ParameterTensor;
  readonly arena: Arena;
  readonly value: Float32Array;
  /** Byte offset of the value; slots follow it. */
  readonly address: number;
  readonly slots: Readonly<Partial<Record<SlotName, Slot>>>;
}

interface Slot {
  readonly address: number;
  readonly values: Float32Array;
}

interface Arena {
  readonly kernels: Kernels;
  readonly window: Float32Array;
}

/**
 * Opens a program on an engine. Frozen parameters stay in the arrays that the request brings; every other tensor is copied once into
 * WebAssembly memory. Throws RunError CX8216 where that memory cannot be had. `limit` is the size of one memory in bytes.
 */
export async function openHostSession(engine: Engine, request: SessionRequest, limit = memoryLimit): Promise<Session> {
  const { program, artefacts } = request;
  const functions = new Map(functionsOf(program).map((fn) => [fn.id, fn]));
  const stages = new Map(program.stages.map((stage) => [stage.name, stage]));
  const live = placeTensors(program, request.parameters, limit);
  const frozen = new Map<string, Float32Array>();
  const shapes = new Map(program.parameters.map((parameter) => [parameter.name, parameter.shape]));
  for (const { name } of program.parameters) {
    if (live.has(name)) continue;
    const value = request.parameters.get(name);
    invariant(value, `the session was given no value of ${name}`);
    frozen.set(name, value);
  }
  const steps = new Map(program.stages.flatMap((stage) => stepFunctions(stage).map(({ id }) => [id, stage.name])));
  // the step of a stage that has ended goes with the first function of the next
  const loaded = new LoadedFunctions(
    engine,
    artefacts,
    (id) => steps.has(id) && (steppedStage === undefined || steps.get(id) === steppedStage),
  );
  const parameterFeeds = new Map<string, Readonly<Record<string, TensorValue>>>();
  let steppedStage: string | undefined;
  /** Gradients of the batches of an update so far. */
  const sums = new Map<string, Float32Array>();
  /** Whether their losses were finite. */
  let sumsFinite = true;

  function functionOf(id: string): ProgramFunction {
    const found = functions.get(id);
    invariant(found, `the program has no function ${id}`);
    return found;
  }

  function valueOf(name: string): Float32Array {
    const value = live.get(name)?.value ?? frozen.get(name);
    invariant(value, `the program has no parameter ${name}`);
    return value;
  }

  /** Views, not copies: an update in place is seen by the next run. */
  function feedsOf(id: string): Readonly<Record<string, TensorValue>> {
    const known = parameterFeeds.get(id);
    if (known !== undefined) return known;
    const feeds: Record<string, TensorValue> = {};
    for (const [input, source] of Object.entries(functionOf(id).inputs)) {
      if (source.kind !== 'parameter') continue;
      feeds[input] = { dtype: 'f32', shape: shapes.get(source.name) ?? [], data: valueOf(source.name) };
    }
    parameterFeeds.set(id, feeds);
    return feeds;
  }

  async function call(id: string, feeds: Readonly<Record<string, TensorValue>>): Promise<Record<string, TensorValue>> {
    return loaded.run(functionOf(id), { ...feeds, ...feedsOf(id) });
  }

  async function step(
    name: string,
    feeds: Readonly<Record<string, TensorValue>>,
    scalars: StepScalars,
  ): Promise<StepResult> {
    const stage = stages.get(name);
    invariant(stage, `the program has no stage ${name}`);
    if (steppedStage !== undefined && steppedStage !== name) clearSlots(live);
    steppedStage = name;
    const { id, outputs: sources } = stage.step;
    const results = await call(id, feeds);
    const scalarsOut: Record<string, TensorValue> = {};
    const gradients = new Map<string, Float32Array>();
    const buffers = new Map<string, Float32Array>();
    for (const [output, source] of Object.entries(sources)) {
      const result = results[output];
      invariant(result, `${id} gave no ${output}`);
      if (source.kind === 'gradient') gradients.set(source.parameter, floatsOf(result));
      else if (source.kind === 'buffer') buffers.set(source.name, floatsOf(result));
      else scalarsOut[output] = result;
    }
    const { micro } = scalars;
    if (micro !== undefined) {
      addUp(sums, gradients, micro.at === 0);
      sumsFinite = allFinite(scalarsOut) && (sumsFinite || micro.at === 0);
      if (micro.at < micro.of - 1) {
        // the next batch of the update reads them
        for (const [buffer, value] of buffers) liveTensor(live, buffer).value.set(value);
        return { outputs: scalarsOut, gradientNorm: NaN };
      }
      for (const [name, sum] of sums)
        gradients.set(
          name,
          sum.map((value) => value / micro.of),
        );
    }
    const norm = gradientNorm(stage, gradients, live);
    const nonfinite = Number.isFinite(norm) ? [] : firstNonfinite(stage, gradients);
    const finite = nonfinite.length === 0 && allFinite(scalarsOut) && (micro === undefined || sumsFinite);
    if (finite) {
      applyUpdate(stage, gradients, live, scalars, clipFactor(norm, stage.clipGradient));
      for (const [buffer, value] of buffers) liveTensor(live, buffer).value.set(value);
    }
    return { outputs: scalarsOut, gradientNorm: norm, ...(nonfinite.length === 0 ? {} : { nonfinite }) };
  }

  return {
    info: engine.info,
    accumulates: true,
    call,
    step,
    async readParameters(names) {
      const wanted = names ?? program.parameters.map((parameter) => parameter.name);
      return new Map(wanted.map((name) => [name, Float32Array.from(valueOf(name))]));
    },
    async writeParameters(values) {
      for (const [name, value] of values) {
        const target = valueOf(name);
        invariant(target.length === value.length, `${name} has ${target.length} elements, not ${value.length}`);
        target.set(value);
      }
    },
    async readSlots() {
      const slots = new Map<string, Float32Array>();
      for (const [name, tensor] of live) {
        for (const [slot, { values }] of Object.entries(tensor.slots))
          slots.set(`${name}/${slot}`, Float32Array.from(values));
      }
      return slots;
    },
    async writeSlots(values) {
      clearSlots(live);
      steppedStage = undefined;
      for (const [path, value] of values) {
        const cut = path.lastIndexOf('/');
        const slot = liveTensor(live, path.slice(0, cut)).slots[path.slice(cut + 1) as SlotName];
        invariant(slot?.values.length === value.length, `there is no slot ${path} of ${value.length} elements`);
        slot.values.set(value);
      }
    },
    async dispose() {
      await loaded.dispose();
      await engine.dispose();
    },
  };
}

function placeTensors(
  program: Program,
  values: ReadonlyMap<string, Float32Array>,
  limit: number,
): Map<string, LiveTensor> {
  const planned = changingParameters(program).map((parameter) => {
    const slots = slotsOfParameter(program, parameter.name);
    const blockBytes = Math.ceil(elementCount(parameter.shape) / 4) * 16;
    return { parameter, slots, blockBytes, bytes: blockBytes * (1 + slots.length) };
  });
  const live = new Map<string, LiveTensor>();
  let from = 0;
  while (from < planned.length) {
    // As many tensors as one memory takes, at least one.
    let to = from;
    let bytes = windowBytes;
    do bytes += planned[to++]?.bytes ?? 0;
    while (to < planned.length && bytes + (planned[to]?.bytes ?? 0) <= limit);
    const memory = allocate(bytes);
    const arena = { kernels: kernelsOver(memory), window: new Float32Array(memory.buffer, 0, windowElements) };
    let address = windowBytes;
    for (const { parameter, slots, blockBytes } of planned.slice(from, to)) {
      const count = elementCount(parameter.shape);
      const value = new Float32Array(memory.buffer, address, count);
      const start = values.get(parameter.name);
      invariant(start?.length === count, `the session was given no value of ${parameter.name}`);
      value.set(start);
      const placed: Partial<Record<SlotName, Slot>> = {};
      slots.forEach((slot, index) => {
        const at = address + (index + 1) * blockBytes;
        placed[slot] = { address: at, values: new Float32Array(memory.buffer, at, count) };
      });
      live.set(parameter.name, { parameter, arena, value, address, slots: placed });
      address += blockBytes * (1 + slots.length);
    }
    from = to;
  }
  return live;
}

/** The whole of it at once: growing a memory would detach the views that are fed to the engine. */
function allocate(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / pageBytes);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new RunError(
      'world',
      'CX8216',
      `${Math.ceil(bytes / 2 ** 20)} MiB for parameters and optimiser state cannot be had`,
      {
        help: 'freeze more, choose an optimiser with less state (sgd), or use a machine with more memory',
        cause,
      },
    );
  }
}

function liveTensor(live: ReadonlyMap<string, LiveTensor>, name: string): LiveTensor {
  const tensor = live.get(name);
  invariant(tensor, `${name} is frozen and was to be changed`);
  return tensor;
}

function clearSlots(live: ReadonlyMap<string, LiveTensor>): void {
  for (const { slots } of live.values()) for (const slot of Object.values(slots)) slot.values.fill(0);
}

function allFinite(scalars: Readonly<Record<string, TensorValue>>): boolean {
  return Object.values(scalars).every(({ data }) => data.every(Number.isFinite));
}

function floatsOf(value: TensorValue): Float32Array {
  invariant(value.data instanceof Float32Array, 'gradients and buffers are f32');
  return value.data;
}

/** Copies elements `from … from + count` of a gradient to the window, zeros up to a whole vector. Returns the bytes to work on. */
function fillWindow(window: Float32Array, gradient: Float32Array, from: number, count: number): number {
  window.set(gradient.subarray(from, from + count));
  const padded = Math.ceil(count / 4) * 4;
  if (padded > count) window.fill(0, count, padded);
  return padded * 4;
}

/** Euclidean norm over the gradients of all trainable tensors, in double precision. */
function gradientNorm(
  stage: Stage,
  gradients: ReadonlyMap<string, Float32Array>,
  live: ReadonlyMap<string, LiveTensor>,
): number {
  let sum = 0;
  for (const name of stage.trainable) {
    const gradient = gradientOf(gradients, name);
    const { arena } = liveTensor(live, name);
    for (let from = 0; from < gradient.length; from += windowElements) {
      const count = Math.min(windowElements, gradient.length - from);
      sum += arena.kernels.sumSquares(0, fillWindow(arena.window, gradient, from, count));
    }
  }
  return Math.sqrt(sum);
}

/** Adds gradients to what there is of this update; `first` begins anew. */
function addUp(sums: Map<string, Float32Array>, gradients: ReadonlyMap<string, Float32Array>, first: boolean): void {
  if (first) sums.clear();
  for (const [name, gradient] of gradients) {
    const sum = sums.get(name);
    if (sum === undefined) sums.set(name, Float32Array.from(gradient));
    else for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + (gradient[at] ?? 0);
  }
}

function applyUpdate(
  stage: Stage,
  gradients: ReadonlyMap<string, Float32Array>,
  live: ReadonlyMap<string, LiveTensor>,
  { rate, update }: StepScalars,
  gradientScale: number,
): void {
  const trained = new Set(stage.trainable);
  for (const group of stage.groups) {
    for (const name of group.parameters) {
      if (!trained.has(name)) continue;
      const { parameter, arena, address, slots } = liveTensor(live, name);
      const gradient = gradientOf(gradients, name);
      const scalars = {
        update,
        gradientScale,
        learningRate: group.learningRate * rate * parameter.learningRateScale,
        decay: parameter.decay ? group.decay : 0,
      };
      const names = slotsOf(group.method);
      for (let from = 0; from < gradient.length; from += windowElements) {
        const bytes = fillWindow(arena.window, gradient, from, Math.min(windowElements, gradient.length - from));
        const at: Partial<Record<SlotName, number>> = {};
        for (const slot of names) at[slot] = (slots[slot]?.address ?? 0) + from * 4;
        arena.kernels.update(group.method, { weight: address + from * 4, gradient: 0, slots: at, bytes }, scalars);
      }
      if (parameter.clamp !== undefined) {
        arena.kernels.clamp(address, Math.ceil(gradient.length / 4) * 16, ...parameter.clamp);
      }
    }
  }
}

function gradientOf(gradients: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const gradient = gradients.get(name);
  invariant(gradient, `the step has no gradient of ${name}`);
  return gradient;
}

/** Tensors whose gradient holds an infinity or NaN; the norm may overflow without one, then all are finite. */
function firstNonfinite(stage: Stage, gradients: ReadonlyMap<string, Float32Array>): string[] {
  return stage.trainable.filter((name) => !gradientOf(gradients, name).every(Number.isFinite));
}
