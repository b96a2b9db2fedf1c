import { asciiGlyphs, unicodeGlyphs } from './glyphs.ts';
import { openLiveScreen } from './live-screen.ts';
import { StudyApp } from './study-app.tsx';
import type { StudyObserver } from './study-observer.ts';
import { emptyStudyView, reduceStudy, type StudyView } from './study-view.ts';

export interface StudyTerminalOptions {
  readonly now: () => number;
  readonly unicode: boolean;
}

const framesPerSecond = 4;

/** Opens the live table of a study on a terminal. */
export function openStudyTerminal(stream: NodeJS.WriteStream, options: StudyTerminalOptions): StudyObserver {
  const glyphs = options.unicode ? unicodeGlyphs : asciiGlyphs;
  let view: StudyView = emptyStudyView;
  const { later, close } = openLiveScreen(stream, {
    screen: (size) => (
      <StudyApp view={view} size={size} glyphs={glyphs} now={view.ended ? view.latestAt : Math.max(options.now(), view.latestAt)} />
    ),
    framesPerSecond,
    ticks: true,
  }); // prettier-ignore
  return {
    tell(event, ts) {
      view = reduceStudy(view, event, ts);
      later();
    },
    preparing({ task, done, total, ts }) {
      const isDone = done >= total;
      view = { ...view, task: isDone ? undefined : { task, done, total }, startedAt: view.startedAt ?? ts };
      later();
    },
    note(text) {
      view = { ...view, note: text };
      later();
    },
    close,
  };
}
