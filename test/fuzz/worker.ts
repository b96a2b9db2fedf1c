/** One text after another, apart from the process that watches the clock and the memory. */
import { parentPort } from 'node:worker_threads';
import { exercise } from './exercise.ts';

// oxlint-disable require-post-message-target-origin -- a thread has no origin
parentPort?.on('message', (text: string) => {
  parentPort?.postMessage(exercise(text));
});
parentPort?.postMessage('ready');
