import { selectEngine } from './backends/select-engine.ts';
import { createDataRoom } from './data/data-room.ts';
import type { RunEvent } from './events.ts';
import type { RunHost } from './execute-run.ts';

/** The real world of a run: clocks, engines, files. */
export function threadHost(
  interrupt: SharedArrayBuffer,
  emit: (event: RunEvent) => void,
  lower: RunHost['lower'],
): RunHost {
  const flag = new Int32Array(interrupt);
  return {
    emit,
    lower,
    interrupted: () => Atomics.load(flag, 0) !== 0,
    now: () => Date.now(),
    clock: () => performance.now(),
    async openEngine({ backend, threads, engineFolder }) {
      const folder = engineFolder === undefined ? {} : { folder: engineFolder };
      return (await selectEngine(backend, { threads, ...folder })).engine;
    },
    openData: ({ program, projectRoot, seed }, emitBody) =>
      createDataRoom(program, {
        projectFolder: projectRoot,
        seed,
        onProgress: (task, done, total) => emitBody({ event: 'progress', task, done, total }),
        onWarning: (code, message) => emitBody({ event: 'warning', code, message }),
      }),
  };
}
