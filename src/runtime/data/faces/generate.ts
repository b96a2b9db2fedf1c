/** Renders many shards, on threads where a worker file can be started and on this thread where not. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FaceRecipe, ShardPlan } from './face-recipe.ts';
import type { FaceWorkerData, FaceWorkerMessage } from './face-worker.ts';
import type { HeadModels } from './head.ts';
import { renderShard, type RenderedShard } from './render-shard.ts';

export interface GenerateOptions {
  /** Called with samples done and samples in all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Threads; by default one for each processor, two at most. 0 renders on this thread. */
  readonly threads?: number;
  /** The worker's file. By default `face-worker.js` beside this module, which exists in the bundle. */
  readonly workerUrl?: URL;
  readonly signal?: AbortSignal;
}

/**
 * Renders the shards of `plans` and hands over each as it is done, in no fixed order; what is in a shard depends on its
 * plan alone. Rejects when a worker fails, when `onShard` does, and when aborted (what was handed over stays).
 */
export async function generateFaces(
  models: HeadModels,
  recipe: FaceRecipe,
  plans: readonly ShardPlan[],
  onShard: (plan: ShardPlan, shard: RenderedShard) => void,
  options: GenerateOptions = {},
): Promise<void> {
  const total = plans.reduce((sum, { samples }) => sum + samples, 0);
  let done = 0;
  const progress = (samples: number): void => {
    done += samples;
    options.onProgress?.(done, total);
  };
  const queue = [...plans];
  const url = options.workerUrl ?? new URL('./face-worker.js', import.meta.url);
  const threads = Math.min(options.threads ?? Math.min(2, availableParallelism()), queue.length);
  if (threads < 1 || !existsSync(fileURLToPath(url))) {
    await generateHere(models, recipe, queue, onShard, progress, options.signal);
    return;
  }
  const data: FaceWorkerData = { models, recipe };
  const workers = Array.from({ length: threads }, () => new Worker(url, { workerData: data }));
  try {
    await Promise.all(workers.map((worker) => drive(worker, queue, onShard, progress, options.signal)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Gives a worker one plan after another until the queue is empty. */
async function drive(
  worker: Worker,
  queue: ShardPlan[],
  onShard: (plan: ShardPlan, shard: RenderedShard) => void,
  progress: (samples: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let plan: ShardPlan | undefined;
    const next = (): void => {
      plan = queue.shift();
      if (plan === undefined) resolve();
      else worker.postMessage(plan, []);
    };
    worker.on('message', (message: FaceWorkerMessage) => {
      try {
        if (message.kind === 'progress') progress(message.samples);
        else if (plan !== undefined) {
          onShard(plan, message);
          next();
        }
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread that renders faces ended with code ${code}`)));
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    if (signal?.aborted === true) reject(signal.reason as Error);
    else next();
  });
}

/** Renders here, with a breath for timers and streams every few samples. */
async function generateHere(
  models: HeadModels,
  recipe: FaceRecipe,
  plans: readonly ShardPlan[],
  onShard: (plan: ShardPlan, shard: RenderedShard) => void,
  progress: (samples: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const plan of plans) {
    const rendering = renderShard(models, recipe, plan);
    for (;;) {
      signal?.throwIfAborted();
      const step = rendering.next();
      if (step.done === true) {
        onShard(plan, step.value);
        break;
      }
      progress(1);
      if (step.value % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
