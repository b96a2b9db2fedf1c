import type { RunObserver } from './observer.ts';

/** One event a line, as in `events.ndjson`. */
export function jsonRenderer(write: (text: string) => void): RunObserver {
  return {
    event: (event) => write(`${JSON.stringify(event)}\n`),
    close: () => Promise.resolve(),
  };
}
