import type { StudyEventBody } from '../runtime/records/study-event.ts';
import type { RunEvent } from '../runtime/events.ts';

/** Somebody who looks at a study. */
export interface StudyObserver {
  tell(event: StudyEventBody, ts: number): void;
  /** Work before the cells run: rendering data. */
  preparing(event: Extract<RunEvent, { readonly event: 'progress' }>): void;
  /** A sentence from outside the study, for the person who looks. */
  note(text: string): void;
  /** Gives the terminal back as it was. May be called more than once. */
  close(): Promise<void>;
}
