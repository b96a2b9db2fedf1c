import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../src/runtime/backends/backend.ts';
import { openBinding, type Tensorflow, type TensorflowModel } from '../../src/runtime/backends/tensorflow/binding.ts';
import { openTensorflowSession } from '../../src/runtime/backends/tensorflow/tensorflow-session.ts';

/**
 * TensorFlow whose sessions leave in a folder what they run: `saved_model.pb`, the calls in `calls.json`, the values fed in `values.bin`.
 * `profile_tensorflow.py` runs the same again where TensorFlow says how long each kernel took, which the addon does not pass on.
 */
export function openRecordingTensorflow(threads: number, folder: string): Engine {
  const tensorflow = openBinding({ threads });
  const { version, device } = tensorflow;
  const info = { name: 'tensorflow', version, device, threads } as const;
  const recording: Tensorflow = { ...tensorflow, load: (graph, what) => record(tensorflow.load(graph, what), graph) };
  return {
    info,
    load: () => Promise.reject(new Error('only sessions are recorded')),
    openSession: async (request) => openTensorflowSession(recording, info, request),
    dispose: () => Promise.resolve(),
  };

  function record(model: TensorflowModel, graph: Uint8Array): TensorflowModel {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'saved_model.pb'), graph);
    const calls: object[] = [];
    let end = 0;
    return {
      run: (feeds, fetches) => {
        const described = feeds.map(({ node, value: { dtype, shape, data } }) => {
          const offset = end;
          appendFileSync(join(folder, 'values.bin'), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
          end += data.byteLength;
          return { node, dtype, shape, offset };
        });
        calls.push({ feeds: described, fetches });
        writeFileSync(join(folder, 'calls.json'), JSON.stringify(calls));
        return model.run(feeds, fetches);
      },
      dispose: () => model.dispose(),
    };
  }
}
