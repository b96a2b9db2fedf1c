/** Opens TensorFlow in a worker thread, as a run does. Started with a number of threads. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SHARE_ENV, Worker } from 'node:worker_threads';

const threads = Number(process.argv[2]);
const engine = new URL('../../../../src/runtime/backends/tensorflow/tensorflow-engine.ts', import.meta.url).href;
const tsx = createRequire(import.meta.url).resolve('tsx/package.json');
const loader = pathToFileURL(join(dirname(tsx), 'dist', 'esm', 'api', 'index.mjs')).href;
const open = `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(loader)})
    .then(({ register }) => { register(); return import(${JSON.stringify(engine)}); })
    .then(({ openTensorflow }) => openTensorflow({ threads: ${threads} }))
    .then(() => parentPort.postMessage('open'));`;
const worker = new Worker(open, { eval: true, env: SHARE_ENV });
worker.on('message', () => void worker.terminate());
