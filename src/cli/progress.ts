import process from 'node:process';
import type { StudyEvent } from '../runtime/records/study-event.ts';
import { jsonRenderer } from '../tui/json.ts';
import type { RunObserver } from '../tui/observer.ts';
import type { StudyObserver } from '../tui/study-observer.ts';
import { plainRenderer } from '../tui/plain.ts';
import { withShortPaths } from '../tui/short-paths.ts';
import type { CommandContext } from './context.ts';
import { shorterPath } from './read-source.ts';
import { isContinuousIntegration, progressMode, type OutputStream } from './environment.ts';

export interface ObserverOptions {
  /** Where the view goes: stderr beside a result, stdout where it is the result. NDJSON always goes to stdout. */
  readonly stream: OutputStream;
  /** The run is under way: clocks tick between events. */
  readonly live: boolean;
}

/** Opens the view of a run that flags, settings and the terminal ask for. Ink loads only for a terminal. */
export async function openObserver(context: CommandContext, options: ObserverOptions): Promise<RunObserver> {
  const { settings } = await context.project();
  const { stream } = options;
  const shorten = (path: string) => shorterPath(path, context.cwd);
  const { variables, stdout } = context.environment;
  switch (context.quiet ? 'none' : progressMode(settings.progress, stream, variables)) {
    case 'none':
      return {
        event: () => undefined,
        preparing: () => undefined,
        note: () => undefined,
        close: () => Promise.resolve(),
      };
    case 'json':
      return jsonRenderer((text) => void stdout.write(text));
    case 'plain':
      return withShortPaths(
        plainRenderer((text) => void stream.write(text)),
        shorten,
      );
    case 'tui': {
      tellInk(context.colorOn(stream), variables);
      const { openTerminalView } = await import('../tui/terminal-view.tsx');
      const view = openTerminalView(stream as NodeJS.WriteStream, {
        live: options.live,
        now: context.environment.now,
        unicode: speaksUnicode(variables),
      });
      return withShortPaths(view, shorten);
    }
  }
}

/** The same for a study of several runs. */
export async function openStudyObserver(context: CommandContext): Promise<StudyObserver> {
  const { settings } = await context.project();
  const { variables, stdout, stderr, now } = context.environment;
  switch (context.quiet ? 'none' : progressMode(settings.progress, stderr, variables)) {
    case 'none':
      return { tell: nothing, preparing: nothing, note: nothing, close: () => Promise.resolve() };
    case 'json':
      return {
        tell: (event, ts) => {
          const said: StudyEvent = { schema: 'clipx.study-event/1', ts, ...event };
          stdout.write(`${JSON.stringify(said)}\n`);
        },
        preparing: nothing,
        note: nothing,
        close: () => Promise.resolve(),
      };
    case 'plain': {
      const { plainStudy } = await import('../tui/study-plain.ts');
      return plainStudy((text) => void stderr.write(text), (path) => shorterPath(path, context.cwd)); // prettier-ignore
    }
    case 'tui': {
      tellInk(context.colorOn(stderr), variables);
      const { openStudyTerminal } = await import('../tui/study-terminal.tsx');
      return openStudyTerminal(stderr as NodeJS.WriteStream, { now, unicode: speaksUnicode(variables) });
    }
  }
}

const nothing = (): void => undefined;

/** Ink reads colours (of stdout only) and CI from the process environment once, when it loads. */
function tellInk(color: boolean, variables: Readonly<Record<string, string | undefined>>): void {
  process.env['FORCE_COLOR'] = color ? '1' : '0';
  if (isContinuousIntegration(variables)) process.env['CI'] = 'false';
}

/** Whether block characters can be expected to show: the locale's encoding, as far as it is told. */
function speaksUnicode(variables: Readonly<Record<string, string | undefined>>): boolean {
  const locale = variables['LC_ALL'] || variables['LC_CTYPE'] || variables['LANG'];
  return locale === undefined || locale === '' || /utf-?8/i.test(locale);
}
