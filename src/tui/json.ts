import type { RunObserver } from './observer.ts';

/** One event a line, as in `events.ndjson`. */
export function jsonRenderer(write: (text: string) => void): RunObserver {
  return {
    event: (event) => write(`${JSON.stringify(event)}\n`),
    preparing: () => undefined,
    // The stream holds events and nothing else.
    note: () => undefined,
    close: () => Promise.resolve(),
  };
}
