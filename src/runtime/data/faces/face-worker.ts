/** A thread that renders shards. It gets the models once and one plan after another. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FaceRecipe, ShardPlan } from './face-recipe.ts';
import type { HeadModels } from './head.ts';
import { renderShard } from './render-shard.ts';

export interface FaceWorkerData {
  readonly models: HeadModels;
  readonly recipe: FaceRecipe;
}

export type FaceWorkerMessage =
  | { readonly kind: 'progress'; readonly samples: number }
  | { readonly kind: 'shard'; readonly tar: Uint8Array<ArrayBuffer>; readonly digest: string; readonly probe: string };

/** Samples between two messages. */
const stride = 10;

if (parentPort !== null) {
  const port = parentPort;
  const { models, recipe } = workerData as FaceWorkerData;
  port.on('message', (plan: ShardPlan) => {
    const rendering = renderShard(models, recipe, plan);
    let reported = 0;
    for (;;) {
      const step = rendering.next();
      if (step.done === true) {
        const message: FaceWorkerMessage = { kind: 'shard', ...step.value };
        port.postMessage(message, [step.value.tar.buffer]);
        return;
      }
      if (step.value - reported >= stride || step.value === plan.samples) {
        port.postMessage({ kind: 'progress', samples: step.value - reported } satisfies FaceWorkerMessage);
        reported = step.value;
      }
    }
  });
}
