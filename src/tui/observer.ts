import type { RunEvent } from '../runtime/events.ts';

/** Somebody who looks at a run: a screen, a log, a file. It never decides how the run goes or ends. */
export interface RunObserver {
  event(event: RunEvent): void;
  /** Work before the run has a stream of its own: shown, and no part of that stream. */
  preparing(event: Extract<RunEvent, { readonly event: 'progress' }>): void;
  /** A sentence from outside the run, for the person who looks. */
  note(text: string): void;
  /** The stream is over, orderly or not: gives the terminal back as it was. May be called more than once. */
  close(): Promise<void>;
}
