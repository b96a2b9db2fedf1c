/** Opens TensorFlow in a worker thread, as a run does, and prints how many threads that made. Started with a number of threads. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SHARE_ENV, Worker } from 'node:worker_threads';

const threads = Number(process.argv[2]);
const engine = new URL('../../../../src/runtime/backends/tensorflow/tensorflow-engine.ts', import.meta.url).href;
const tsx = createRequire(import.meta.url).resolve('tsx/package.json');
const loader = pathToFileURL(join(dirname(tsx), 'dist', 'esm', 'api', 'index.mjs')).href;
const now = (): string[] => readdirSync('/proc/self/task');
const open = `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(loader)})
    .then(({ register }) => { register(); return import(${JSON.stringify(engine)}); })
    .then(({ openTensorflow }) => {
      parentPort.postMessage('before');
      parentPort.once('message', () => openTensorflow({ threads: ${threads} }).then(() => parentPort.postMessage('after')));
    });`;
const worker = new Worker(open, { eval: true, env: SHARE_ENV });
let before: ReadonlySet<string> = new Set();
worker.on('message', (when: string) => {
  if (when === 'after') {
    // one that ended meanwhile, of Node's or tsx's, is nobody's concern
    process.stdout.write(String(now().filter((thread) => !before.has(thread)).length));
    void worker.terminate();
    return;
  }
  before = new Set(now());
  worker.postMessage('open', []);
});
