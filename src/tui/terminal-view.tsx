import { render } from 'ink';
import type { RunEvent } from '../runtime/events.ts';
import { App } from './app.tsx';
import { asciiGlyphs, unicodeGlyphs } from './glyphs.ts';
import { planLayout, type Size } from './layout.ts';
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
  let size = sizeOf(stream);
  let [generation, historyFrom] = [0, 0];
  let pending: NodeJS.Timeout | undefined;
  let closed = false;

  const screen = () => (
    <App
      view={view}
      size={size}
      glyphs={glyphs}
      now={options.live && view.end === undefined ? Math.max(options.now(), view.latestAt) : view.latestAt}
      generation={generation}
      historyFrom={historyFrom}
    />
  );

  // Before Ink's own listener, so that the frame already fits when Ink draws it again.
  const resized = () => {
    const before = size;
    size = sizeOf(stream);
    if (size.columns < before.columns) {
      // The terminal has broken the wider lines anew, so Ink can no longer tell where its frame begins.
      stream.write(eraseScreen);
      generation++;
      historyFrom = Math.max(0, view.history.length - Math.max(0, size.rows - planLayout(view, size).height - 1));
    }
    instance.rerender(screen());
  };
  stream.on('resize', resized);

  const instance = render(screen(), {
    stdout: stream,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: framesPerSecond,
  });

  const draw = () => {
    pending = undefined;
    if (!closed) instance.rerender(screen());
  };
  const ticking = options.live ? setInterval(draw, 1000).unref() : undefined;

  const event = (next: RunEvent) => {
    view = reduce(view, next);
    pending ??= setTimeout(draw, 1000 / framesPerSecond).unref();
  };

  return {
    event,
    preparing: event,
    note(text) {
      view = withNote(view, text);
      pending ??= setTimeout(draw, 1000 / framesPerSecond).unref();
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

function sizeOf(stream: NodeJS.WriteStream): Size {
  return { columns: stream.columns || 80, rows: stream.rows || 24 };
}
