import type { RunEvent } from '../runtime/events.ts';

/** Somebody who looks at a run: a screen, a log, a file. It never decides how the run goes or ends. */
export interface RunObserver {
  event(event: RunEvent): void;
  /** The stream is over, orderly or not: gives the terminal back as it was. May be called more than once. */
  close(): Promise<void>;
}
