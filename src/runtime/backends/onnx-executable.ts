import type { InferenceSession, InferenceSessionFactory, TensorConstructor } from 'onnxruntime-web';
import type { ProgramFunction } from '../../compiler/program/program-function.ts';
import type { DType } from '../../compiler/types/dtype.ts';
import { BackendError } from './backend-error.ts';
import type { BackendName, Executable, TensorValue } from './backend.ts';
import { feedChecker } from './check-feeds.ts';

/** What native and WebAssembly onnxruntime have in common. Each has its own instances of these two: they must not be mixed. */
export interface OnnxRuntime {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

const onnxTypes = { f32: 'float32', i32: 'int32', bool: 'bool', u8: 'uint8' } as const satisfies Record<DType, string>;
const ourTypes: Readonly<Record<string, DType>> = { float32: 'f32', int32: 'i32', bool: 'bool', uint8: 'u8' };

/** Opens an ONNX model. Throws BackendError when there is none or the runtime refuses it. */
export async function openOnnxModel(
  runtime: OnnxRuntime,
  backend: BackendName,
  fn: ProgramFunction,
  artefact: Uint8Array | undefined,
  options: InferenceSession.SessionOptions,
): Promise<Executable> {
  if (artefact === undefined) {
    throw new BackendError('artefact-missing', 'internal', `${backend} needs ${fn.id} lowered to ONNX`);
  }
  const session = await attempt('artefact-rejected', `${backend} does not take ${fn.id}`, () =>
    runtime.InferenceSession.create(artefact, options),
  );
  const checkFeeds = feedChecker(fn.graph);
  return {
    run: async (feeds) => {
      checkFeeds(feeds);
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { dtype, data, shape }]) => [
          name,
          new runtime.Tensor(onnxTypes[dtype], data, shape),
        ]),
      );
      const results = await attempt('execution-failed', `${backend} failed in ${fn.id}`, () => session.run(tensors));
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensorValue(tensor)]));
    },
    dispose: () => session.release(),
  };
}

function tensorValue(tensor: InferenceSession.ReturnType[string]): TensorValue {
  const { type, dims, data } = tensor;
  const dtype = ourTypes[type];
  if (dtype === undefined) throw new BackendError('execution-failed', 'internal', `a result is of type ${type}`);
  return { dtype, shape: dims, data: data as TensorValue['data'] };
}

async function attempt<Result>(
  code: 'artefact-rejected' | 'execution-failed',
  what: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    throw new BackendError(code, 'internal', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
