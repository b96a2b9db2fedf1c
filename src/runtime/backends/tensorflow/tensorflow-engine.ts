import { graphInputs } from '../../../compiler/ir/graph.ts';
import type { ProgramFunction } from '../../../compiler/program/program-function.ts';
import { inputNodeName, outputNodeName } from '../../../compiler/program/tensorflow-names.ts';
import { BackendError } from '../backend-error.ts';
import type { BackendInfo, Engine, Executable, TensorValue } from '../backend.ts';
import { feedChecker } from '../check-feeds.ts';
import type { AddonOptions } from './addon.ts';
import { openBinding, type Tensorflow } from './binding.ts';
import { openTensorflowSession } from './tensorflow-session.ts';

export type TensorflowOptions = AddonOptions;

/**
 * TensorFlow through the native half of `@tensorflow/tfjs-node`. The number of threads is that of the first engine of a process:
 * TensorFlow makes its pools once. Throws BackendError `engine-unavailable` where it is not installed or does not load.
 */
export async function openTensorflow(options: TensorflowOptions): Promise<Engine> {
  const tensorflow = openBinding(options);
  const info: BackendInfo = {
    name: 'tensorflow',
    version: tensorflow.version,
    device: tensorflow.device,
    threads: options.threads,
  };
  return {
    info,
    load: async (fn, artefact) => loadFunction(tensorflow, fn, artefact),
    openSession: async (request) => openTensorflowSession(tensorflow, info, request),
    dispose: () => Promise.resolve(),
  };
}

function loadFunction(tensorflow: Tensorflow, fn: ProgramFunction, artefact: Uint8Array | undefined): Executable {
  if (artefact === undefined) {
    throw new BackendError('artefact-missing', 'internal', `tensorflow needs ${fn.id} lowered to a TensorFlow graph`);
  }
  const model = tensorflow.load(artefact, fn.id);
  const checkFeeds = feedChecker(fn.graph);
  const inputs = graphInputs(fn.graph).map(({ name }, at) => ({ name, node: inputNodeName(at) }));
  const { outputs } = fn.graph;
  const fetches = outputs.map((_, at) => outputNodeName(at));
  return {
    run: async (feeds) => {
      checkFeeds(feeds);
      const values = model.run(
        inputs.flatMap(({ name, node }) => {
          const value = feeds[name];
          return value === undefined ? [] : [{ node, value }];
        }),
        fetches,
      );
      return Object.fromEntries(outputs.map(({ name }, at) => [name, values[at]] as [string, TensorValue]));
    },
    dispose: async () => model.dispose(),
  };
}
