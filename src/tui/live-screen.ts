import type { ReactElement } from 'react';
import { render } from 'ink';
import type { Size } from './layout.ts';

export interface LiveScreenOptions {
  readonly screen: (size: Size) => ReactElement;
  readonly framesPerSecond: number;
  /** Drawn once a second as well, for clocks that go on between events. */
  readonly ticks: boolean;
  /** Called before the frame of the new size is drawn. */
  readonly onResize?: (before: Size, after: Size) => void;
}

export interface LiveScreen {
  /** Something has changed: it is drawn before long, however fast changes come. */
  readonly later: () => void;
  /** Draws the last frame and leaves it standing. */
  readonly close: () => Promise<void>;
}

/** A frame at the foot of a terminal that is drawn anew as things change. */
export function openLiveScreen(stream: NodeJS.WriteStream, options: LiveScreenOptions): LiveScreen {
  const { screen, framesPerSecond, ticks, onResize } = options;
  let size = sizeOf(stream);
  let pending: NodeJS.Timeout | undefined;
  let closed = false;

  // Before Ink's own listener, so that the frame already fits when Ink draws it again.
  const resized = (): void => {
    const before = size;
    size = sizeOf(stream);
    onResize?.(before, size);
    instance.rerender(screen(size));
  };
  stream.on('resize', resized);

  const instance = render(screen(size), {
    stdout: stream,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: framesPerSecond,
  });

  const draw = (): void => {
    pending = undefined;
    if (!closed) instance.rerender(screen(size));
  };
  const ticking = ticks ? setInterval(draw, 1000).unref() : undefined;

  return {
    later() {
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
