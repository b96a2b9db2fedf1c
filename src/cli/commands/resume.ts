import type { Command } from 'commander';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { openObserver } from '../progress.ts';
import { findRunFolder } from '../run-folder.ts';
import { exitCodeOfRun, inProject, runExperiment } from '../run-experiment.ts';
import { runResult } from '../run-result.ts';
import { listenForInterruption } from '../signals.ts';

export function defineResume(program: Command, act: Act): void {
  program
    .command('resume')
    .description('Go on with an interrupted or killed run, exactly as if it had not stopped.')
    .argument('<run>', 'folder of the run, its name in the folder of runs, or latest')
    .option('--backend <name>', 'auto, onnxruntime-node, onnxruntime-web, reference')
    .option('--threads <count>', 'threads of the engine')
    .option('--progress <mode>', 'auto, tui, plain, json or none')
    .action((run: string) => act((context) => resume(run, context)));
}

async function resume(run: string, context: CommandContext): Promise<ExitCode> {
  const project = await context.project();
  const folder = findRunFolder(run, context.cwd, inProject(project.root, project.settings.runs));
  const [{ readRun, readRunProgram, runPaths }, { readFileSync }, { renderSummary }] = await Promise.all([
    import('../../runtime/records/run-folder.ts'),
    import('node:fs'),
    import('../../runtime/records/summary.ts'),
  ]);
  const { record } = await readRun(folder);
  const task = {
    program: readRunProgram(folder),
    experimentText: readFileSync(runPaths(folder).experiment, 'utf8'),
    seed: record.seed,
    resume: folder,
    extras: {},
  };
  const observer = await openObserver(context, { stream: context.environment.stderr, live: true });
  const interruption = listenForInterruption(context.environment, () =>
    observer.note('stopping after this step, with a checkpoint; a second signal stops at once'),
  );
  try {
    const finished = await runExperiment(
      task,
      { project, cwd: context.cwd },
      (event) => observer.event(event),
      interruption.signal,
    );
    await observer.close();
    if (context.format === 'json') context.print(`${JSON.stringify(runResult([finished]), null, 2)}\n`);
    else context.print(renderSummary(finished.summary));
    return exitCodeOfRun(finished.outcome, interruption.code());
  } finally {
    interruption.release();
    await observer.close();
  }
}
