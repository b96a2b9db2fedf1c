import type { Command } from 'commander';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { UsageError } from '../failure.ts';

export function defineEngine(program: Command, act: Act): void {
  program
    .command('engine')
    .description('Add a native engine.')
    .command('install')
    .description('Install an engine into the folder of clipx, outside any project, and try it.')
    .argument('<engine>', 'onnxruntime')
    .action((engine: string) => act((context) => install(engine, context)));
}

async function install(engine: string, context: CommandContext): Promise<ExitCode> {
  if (engine !== 'onnxruntime') {
    throw new UsageError(`there is no engine "${engine}" to install`, 'clipx engine install onnxruntime');
  }
  const { installEngine } = await import('../../runtime/backends/install-engine.ts');
  const installed = await installEngine(engine, { onProgress: (step) => context.remark(`${step}\n`) });
  if (context.format === 'json') {
    const result = { schema: 'clipx.engine/1', engine, ...installed };
    const { validateJson } = await import('../../runtime/records/validate.ts');
    await validateJson('engine', result, 'what was installed');
    context.print(`${JSON.stringify(result)}\n`);
  } else context.print(`${engine} ${installed.version} is in ${installed.folder}\n`);
  return ExitCode.done;
}
