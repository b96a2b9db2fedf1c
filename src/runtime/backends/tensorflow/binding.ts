/** A typed view of the addon: models in, tensors in and out, nothing left behind. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elementCount, type DType, type Shape } from '../../../compiler/types/dtype.ts';
import { BackendError } from '../backend-error.ts';
import type { TensorValue } from '../backend.ts';
import { loadAddon, type AddonOptions, type AddonTensor, type TensorflowAddon } from './addon.ts';

/** A value for a placeholder. */
export interface TensorflowFeed {
  /** Name of the placeholder. */
  readonly node: string;
  readonly value: TensorValue;
}

/** A graph in TensorFlow with the state of its variables. */
export interface TensorflowModel {
  /** Runs what the named nodes need and returns their first results, in their order. Blocks. */
  run(feeds: readonly TensorflowFeed[], fetches: readonly string[]): TensorValue[];
  dispose(): void;
}

export interface Tensorflow {
  /** Version of libtensorflow. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
  /** Loads the bytes of a `saved_model.pb`. */
  load(savedModel: Uint8Array, what: string): TensorflowModel;
  /** Tensors that are held for this thread: for tests. */
  liveTensors(): number;
}

/** Numbers of TensorFlow's element types (`types.proto`). */
const dataTypes = { f32: 1, i32: 3, u8: 4, bool: 10 } as const satisfies Record<DType, number>;
const ourTypes: ReadonlyMap<number, DType> = new Map(
  (Object.keys(dataTypes) as DType[]).map((dtype) => [dataTypes[dtype], dtype]),
);

/** Opens TensorFlow. Throws BackendError `engine-unavailable`. */
export function openBinding(options: AddonOptions): Tensorflow {
  const addon = loadAddon(options);
  return {
    version: addon.TF_Version,
    device: addon.isUsingGpuDevice() ? 'gpu' : 'cpu',
    load: (savedModel, what) => loadModel(addon, savedModel, what),
    liveTensors: () => addon.getNumOfTensors(),
  };
}

function loadModel(addon: TensorflowAddon, savedModel: Uint8Array, what: string): TensorflowModel {
  const id = attempt('artefact-rejected', `tensorflow does not take ${what}`, () => readModel(addon, savedModel));
  let isOpen = true;
  return {
    run: (feeds, fetches) =>
      attempt('execution-failed', `tensorflow failed in ${what}`, () => runModel(addon, id, feeds, fetches)),
    dispose() {
      if (isOpen) addon.deleteSavedModel(id);
      isOpen = false;
    },
  };
}

/** The file is read once: it goes when the session exists. */
function readModel(addon: TensorflowAddon, savedModel: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), 'clipx-tensorflow-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel);
    return addon.loadSavedModel(folder, 'serve');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runModel(
  addon: TensorflowAddon,
  model: number,
  feeds: readonly TensorflowFeed[],
  fetches: readonly string[],
): TensorValue[] {
  const held: number[] = [];
  try {
    const inputs = feeds.map(({ value }) => {
      const tensor = addon.createTensor(value.shape, dataTypes[value.dtype], value.data);
      held.push(tensor);
      return tensor;
    });
    const results = addon.runSavedModel(
      model,
      inputs,
      feeds.map(({ node }) => `${node}:0`).join(),
      fetches.map((node) => `${node}:0`).join(),
    );
    for (const { id } of results) held.push(id);
    return results.map((tensor) => readTensor(addon, tensor));
  } finally {
    for (const tensor of held) addon.deleteTensor(tensor);
  }
}

function readTensor(addon: TensorflowAddon, { id, shape, dtype: type }: AddonTensor): TensorValue {
  const dtype = ourTypes.get(type);
  if (dtype === undefined) throw new Error(`a result is of TensorFlow type ${type}`);
  const data = dtype === 'u8' ? readBytes(addon, id) : addon.tensorDataSync(id);
  // A tensor of no elements is without memory there.
  return { dtype, shape: narrow(shape), data: elementCount(shape) === 0 ? data.slice(0, 0) : data };
}

/** The addon cannot read uint8: through int32 and back. */
function readBytes(addon: TensorflowAddon, id: number): Uint8Array {
  const attributes = [
    { name: 'SrcT', type: addon.TF_ATTR_TYPE, value: dataTypes.u8 },
    { name: 'DstT', type: addon.TF_ATTR_TYPE, value: dataTypes.i32 },
    { name: 'Truncate', type: addon.TF_ATTR_BOOL, value: false },
  ];
  const [cast] = addon.executeOp('Cast', attributes, [id], 1);
  if (cast === undefined) throw new Error('Cast gave nothing');
  try {
    return Uint8Array.from(addon.tensorDataSync(cast.id));
  } finally {
    addon.deleteTensor(cast.id);
  }
}

function narrow(shape: readonly number[]): Shape {
  return shape.map(Number);
}

function attempt<Result>(code: 'artefact-rejected' | 'execution-failed', what: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof BackendError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const isMemory = message.includes('OOM when allocating');
    throw new BackendError(code, isMemory ? 'world' : 'internal', `${what}: ${message}`, {
      cause,
      ...(isMemory ? { help: 'memory ran out: use a smaller batch' } : {}),
    });
  }
}
