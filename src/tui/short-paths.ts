import type { RunObserver } from './observer.ts';
import type { RunEvent } from '../runtime/events.ts';

/** An observer that is told of folders as the person at the terminal would type them, and never of a long absolute path. */
export function withShortPaths(observer: RunObserver, shorten: (path: string) => string): RunObserver {
  let folder = '';
  const shorter = (event: RunEvent): RunEvent => {
    if (event.event === 'run.start') {
      folder = event.folder;
      return { ...event, folder: shorten(folder) };
    }
    if (event.event === 'checkpoint') return { ...event, path: shorten(event.path) };
    if (event.event === 'run.end' && event.resume !== undefined && folder !== '') {
      return { ...event, resume: event.resume.replace(folder, () => shorten(folder)) };
    }
    return event;
  };
  return { ...observer, event: (event) => observer.event(shorter(event)) };
}
