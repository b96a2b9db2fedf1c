import type { InstallProgress } from '../runtime/engines/install-progress.ts';
import { formatBytes } from '../runtime/records/report-format.ts';
import type { CommandContext } from './context.ts';
import { progressMode } from './environment.ts';

/** How an installation shows what it does. */
export interface InstallView {
  readonly show: (progress: InstallProgress) => void;
  /** Leaves the terminal as it was. */
  readonly close: () => void;
}

/** Milliseconds between two drawings of a bar, and between two lines or events of one task. */
const frame = 100;
const linesApart = 5_000;

/**
 * A bar that is drawn over on a terminal, lines in a log, and with `--progress json` the `progress` events of a run, on stdout.
 * `--quiet` shows nothing.
 */
export async function openInstallView(context: CommandContext): Promise<InstallView> {
  const { stdout, stderr, variables, now } = context.environment;
  const { settings } = await context.project();
  switch (context.quiet ? 'none' : progressMode(settings.progress, stderr, variables)) {
    case 'none':
      return { show: () => undefined, close: () => undefined };
    case 'json':
      return events((line) => void stdout.write(line), now);
    case 'plain':
      return lines((line) => void stderr.write(line), now);
    case 'tui':
      return bar((text) => void stderr.write(text), stderr.columns ?? 80, now);
  }
}

function events(write: (line: string) => void, now: () => number): InstallView {
  let seq = 0;
  const due = pace(frame, now);
  return {
    show: (progress) => {
      if (!due(progress)) return;
      const { task, done, total } = progress;
      write(
        `${JSON.stringify({ schema: 'clipx.event/1', seq: seq++, ts: now(), event: 'progress', task, done, total })}\n`,
      );
    },
    close: () => undefined,
  };
}

/** A line when a task begins, one every five seconds of a long one, none at its end: the next begins. */
function lines(write: (line: string) => void, now: () => number): InstallView {
  const due = pace(linesApart, now);
  return {
    show: (progress) => {
      if (!due(progress) || (progress.done >= progress.total && progress.total > 0)) return;
      const { task, done, total, unit } = progress;
      const words = done > 0 ? `  ${Math.floor((100 * done) / total)} % of` : ' ';
      write(unit === 'bytes' ? `${task}${words} ${formatBytes(total)}\n` : `${task}\n`);
    },
    close: () => undefined,
  };
}

function bar(write: (text: string) => void, columns: number, now: () => number): InstallView {
  const due = pace(frame, now);
  const clear = '\r\u001B[K';
  let began = now();
  let isDrawn = false;
  return {
    show: (progress) => {
      if (!due(progress)) return;
      const { task, done, total } = progress;
      if (done === 0) began = now();
      const isOver = done >= total && total > 0;
      const seconds = `${((now() - began) / 1000).toFixed(1)} s`;
      write(
        isOver ? `${clear}ok  ${task}  ${seconds}\n` : `${clear}${barWords(progress, seconds).slice(0, columns - 1)}`,
      );
      isDrawn = !isOver;
    },
    close: () => {
      if (isDrawn) write(clear);
    },
  };
}

function barWords({ task, done, total, unit }: InstallProgress, seconds: string): string {
  if (unit === 'step' || total === 0) return `    ${task} …`;
  const width = 24;
  const filled = Math.floor((width * done) / total);
  const amount = `${formatBytes(done)} of ${formatBytes(total)}`;
  return `    ${task}  [${'#'.repeat(filled)}${'-'.repeat(width - filled)}]  ${amount}  ${seconds}`;
}

/** Lets the first and the last word of every task through, and between them one each `apart` milliseconds. */
function pace(apart: number, now: () => number): (progress: InstallProgress) => boolean {
  let task = '';
  let last = 0;
  let isOver = false;
  return (progress) => {
    const begins = progress.task !== task;
    const ends = progress.done >= progress.total;
    if (!begins && (isOver || (!ends && now() - last < apart))) return false;
    [task, last, isOver] = [progress.task, now(), ends];
    return true;
  };
}
