import type { Command } from 'commander';
import { isAbsolute, join } from 'node:path';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { UsageError } from '../failure.ts';
import { followEvents } from '../follow-events.ts';
import { openObserver } from '../progress.ts';
import { eventsFile, findRunFolder } from '../run-folder.ts';

interface WatchFlags {
  readonly follow: boolean;
  readonly replay?: string;
}

export function defineWatch(program: Command, act: Act): void {
  program
    .command('watch')
    .description('Show a finished or running run: the same view as while it ran.')
    .argument('<run>', 'folder of the run, its name in the folder of runs, or latest')
    .option('--progress <mode>', 'auto, tui, plain, json or none')
    .option('--no-follow', 'stop at the end of what is written')
    .option('--replay <speed>', 'in the time it took, this many times faster')
    .addHelpText(
      'after',
      '\nExamples:\n  clipx watch latest\n  clipx watch runs/clip_gaze-full-1 --progress json | jq .event',
    )
    .action((run: string, flags: WatchFlags) => act((context) => watch(run, flags, context)));
}

/** Follows the events of a run to its end. The answer is the view: the run's own success is not the exit code's matter. */
async function watch(run: string, flags: WatchFlags, context: CommandContext): Promise<ExitCode> {
  const { environment } = context;
  const speed = replaySpeed(flags.replay);
  const { root, settings } = await context.project();
  const runs = isAbsolute(settings.runs) ? settings.runs : join(root, settings.runs);
  const path = join(findRunFolder(run, context.cwd, runs), eventsFile);
  const observer = await openObserver(context, { stream: environment.stdout, live: speed === undefined });
  let code: ExitCode = ExitCode.done;
  let stopped = false;
  const listening = environment.onSignal((signal) => {
    code = signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
    stopped = true;
  });
  try {
    let last: number | undefined;
    const events = followEvents(path, {
      wait: flags.follow,
      sleep: environment.sleep,
      stopped: () => stopped,
      onBadLine: (line) => void environment.stderr.write(`warning: line ${line} of ${path} is no event; left out\n`),
    });
    for await (const event of events) {
      if (speed !== undefined && last !== undefined) await wait((event.ts - last) / speed, context, () => stopped);
      last = event.ts;
      observer.event(event);
    }
  } finally {
    listening();
    await observer.close();
  }
  return code;
}

/** Waits in small pieces, so that a signal is heeded. */
async function wait(ms: number, context: CommandContext, stopped: () => boolean): Promise<void> {
  for (let left = ms; left > 1 && !stopped(); left -= 100) await context.environment.sleep(Math.min(left, 100));
}

function replaySpeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new UsageError(`--replay is "${text}", expected a number above 0, for example 10`);
}
