import type { Command } from 'commander';
import { resolve } from 'node:path';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { UsageError } from '../failure.ts';
import { findRunFolder } from '../run-folder.ts';
import { inProject } from '../run-experiment.ts';

interface ExportFlags {
  readonly to?: string;
  readonly encoder?: string;
  readonly output?: readonly string[];
  readonly stage?: string;
  readonly file?: string;
  readonly f32?: boolean;
}

export function defineExport(program: Command, act: Act): void {
  program
    .command('export')
    .description('Write what a run has learned: its predictions as an ONNX model, or one encoder as a weights folder.')
    .argument('<run>', 'folder of the run, its name in the folder of runs, or latest')
    .option('-o, --to <folder>', 'where the files go')
    .option(
      '--output <names...>',
      'values of the file to compute; by default those that its metrics read of each sample',
    )
    .option('--stage <name>', 'the stage whose values they are; by default the last that measures')
    .option('--file <path>', 'the file that was run, where it uses files beside it')
    .option('--encoder <name>', 'that encoder as a folder that `encoder x = clip("…")` reads')
    .option('--f32', 'with --encoder: keep all digits; float16 by default')
    .addHelpText(
      'after',
      `
Without --encoder the folder gets model.onnx (any number of samples, uint8 pictures), weights.safetensors, config.json
and README.md, a model card. Only what the predictions need is in it: no loss, no label, no tower that metrics do not read.`,
    )
    .action((run: string, flags: ExportFlags) => act((context) => exportCommand(run, flags, context)));
}

async function exportCommand(run: string, flags: ExportFlags, context: CommandContext): Promise<ExitCode> {
  if (flags.to === undefined) throw new UsageError('say where the files go: -o FOLDER');
  const project = await context.project();
  const source = findRunFolder(run, context.cwd, inProject(project.root, project.settings.runs));
  const folder = resolve(context.cwd, flags.to);
  const done = flags.encoder === undefined ? await inference(source, folder) : await encoder(flags.encoder);
  if (context.format === 'json') context.print(`${JSON.stringify(done, null, 2)}\n`);
  else {
    const outputs = 'outputs' in done && Array.isArray(done.outputs) ? `${done.outputs.join(', ')}; ` : '';
    context.print(`${done.folder}: ${outputs}${done.tensors} tensors, ${done.parameters} parameters, ${(done.bytes / 2 ** 20).toFixed(1)} MiB\n`); // prettier-ignore
  }
  return ExitCode.done;

  async function encoder(name: string) {
    const [{ exportEncoder }, { readRunProgram }] = await Promise.all([
      import('../../runtime/weights/export-encoder.ts'),
      import('../../runtime/records/run-folder.ts'),
    ]);
    return exportEncoder(readRunProgram(source), source, name, folder, flags.f32 === true ? 'F32' : 'F16');
  }

  async function inference(from: string, to: string) {
    const [{ inferenceOfRun }, { writeInference }] = await Promise.all([
      import('../export/inference-of-run.ts'),
      import('../export/write-inference.ts'),
    ]);
    const { stage, output: outputs = [], file } = flags;
    return writeInference(await inferenceOfRun(from, { stage, outputs, file }, project, context), to);
  }
}
