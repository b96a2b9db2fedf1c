import { render } from 'ink';
import { asciiGlyphs, unicodeGlyphs } from './glyphs.ts';
import type { Size } from './layout.ts';
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
  let pending: NodeJS.Timeout | undefined;
  let closed = false;
  const size = (): Size => ({ columns: stream.columns || 80, rows: stream.rows || 24 });
  const screen = () => (
    <StudyApp view={view} size={size()} glyphs={glyphs} now={view.ended ? view.latestAt : Math.max(options.now(), view.latestAt)} />
  ); // prettier-ignore
  const instance = render(screen(), {
    stdout: stream,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: framesPerSecond,
  });
  const draw = (): void => {
    pending = undefined;
    if (!closed) instance.rerender(screen());
  };
  const later = (): void => {
    pending ??= setTimeout(draw, 1000 / framesPerSecond).unref();
  };
  const ticking = setInterval(draw, 1000).unref();
  const resized = (): void => draw();
  stream.on('resize', resized);
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
    async close() {
      if (closed) return;
      clearTimeout(pending);
      clearInterval(ticking);
      draw();
      closed = true;
      stream.off('resize', resized);
      const gone = instance.waitUntilExit();
      instance.unmount();
      await gone;
    },
  };
}
