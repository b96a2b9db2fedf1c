import type { RunEvent } from '../runtime/events.ts';
import { App } from './app.tsx';
import { asciiGlyphs, unicodeGlyphs } from './glyphs.ts';
import { planLayout } from './layout.ts';
import { openLiveScreen } from './live-screen.ts';
import type { RunObserver } from './observer.ts';
import { emptyRunView, reduce, withNote, type RunView } from './run-view.ts';

export interface TerminalOptions {
  /** The clock goes on between events. */
  readonly live: boolean;
  readonly now: () => number;
  readonly unicode: boolean;
}

const framesPerSecond = 10;
const eraseScreen = '\u001B[2J\u001B[H';

/** Opens the live view on a terminal. Drawing is done at most ten times a second, however fast events come. */
export function openTerminalView(stream: NodeJS.WriteStream, options: TerminalOptions): RunObserver {
  const glyphs = options.unicode ? unicodeGlyphs : asciiGlyphs;
  let view: RunView = emptyRunView;
  let [generation, historyFrom] = [0, 0];

  const { later, close } = openLiveScreen(stream, {
    screen: (size) => (
      <App
        view={view}
        size={size}
        glyphs={glyphs}
        now={options.live && view.end === undefined ? Math.max(options.now(), view.latestAt) : view.latestAt}
        generation={generation}
        historyFrom={historyFrom}
      />
    ),
    framesPerSecond,
    ticks: options.live,
    onResize(before, after) {
      if (after.columns >= before.columns) return;
      // The terminal has broken the wider lines anew, so Ink can no longer tell where its frame begins.
      stream.write(eraseScreen);
      generation++;
      historyFrom = Math.max(0, view.history.length - Math.max(0, after.rows - planLayout(view, after).height - 1));
    },
  });

  const event = (next: RunEvent) => {
    view = reduce(view, next);
    later();
  };

  return {
    event,
    preparing: event,
    note(text) {
      view = withNote(view, text);
      later();
    },
    close,
  };
}
