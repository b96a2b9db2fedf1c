import process from 'node:process';
import { jsonRenderer } from '../tui/json.ts';
import type { RunObserver } from '../tui/observer.ts';
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
