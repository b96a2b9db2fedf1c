import type { Command } from 'commander';
import { resolve } from 'node:path';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { findRunFolder } from '../run-folder.ts';
import { inProject } from '../run-experiment.ts';

interface ExportFlags {
  readonly f32?: boolean;
}

export function defineExport(program: Command, act: Act): void {
  program
    .command('export')
    .description('Write a trained encoder of a run as a weights folder that `encoder x = clip("…")` reads.')
    .argument('<run>', 'folder of the run, its name in the folder of runs, or latest')
    .argument('<encoder>', 'name of the encoder in the experiment')
    .argument('<folder>', 'where weights.safetensors and config.json go')
    .option('--f32', 'keep all digits; float16 by default')
    .action((run: string, encoder: string, folder: string, flags: ExportFlags) =>
      act((context) => exportCommand(run, encoder, folder, flags, context)),
    );
}

async function exportCommand(
  run: string,
  encoder: string,
  folder: string,
  flags: ExportFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const project = await context.project();
  const source = findRunFolder(run, context.cwd, inProject(project.root, project.settings.runs));
  const [{ exportEncoder }, { readRunProgram }] = await Promise.all([
    import('../../runtime/weights/export-encoder.ts'),
    import('../../runtime/records/run-folder.ts'),
  ]);
  const done = await exportEncoder(
    readRunProgram(source),
    source,
    encoder,
    resolve(context.cwd, folder),
    flags.f32 === true ? 'F32' : 'F16',
  );
  if (context.format === 'json') context.print(`${JSON.stringify(done, null, 2)}\n`);
  else
    context.print(
      `${done.folder}: ${done.tensors} tensors, ${done.parameters} parameters, ${(done.bytes / 2 ** 20).toFixed(1)} MiB\n`,
    );
  return ExitCode.done;
}
