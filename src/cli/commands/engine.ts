import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import { nearestName } from '../../compiler/common/suggest.ts';
import { engineNames, enginesFolder, type EngineName } from '../../runtime/backends/engine-folder.ts';
import { formatBytes } from '../../runtime/records/report-format.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { UsageError } from '../failure.ts';
import { openInstallView } from '../install-progress.ts';
import { listenForInterruption } from '../signals.ts';

export function defineEngine(program: Command, act: Act): void {
  const engine = program.command('engine').description('Add, list and remove native engines.');
  engine
    .command('install')
    .description('Put an engine together in the folder of clipx, outside any project, and try it.')
    .argument('<engine>', engineNames.join(', '))
    .option('--from <folder>', 'take npm tarballs and Python wheels from this folder instead of fetching them')
    .addOption(
      new Option('--progress <mode>', 'how to show what is done').choices(['auto', 'tui', 'plain', 'json', 'none']),
    )
    .addHelpText(
      'after',
      `
Engines:
  tfjs         TensorFlow on the CPU (linux x64): 198 MiB are fetched, 600 MiB stay
  tfjs-gpu     TensorFlow with CUDA 12, on the CPU where there is no driver (linux x64): 2.0 GiB, 3.2 GiB
  onnxruntime  onnxruntime: 109 MiB, 50 MiB

tfjs and tfjs-gpu need pip (of any Python) and a C++ compiler. Files are checked against known digests and kept, so
that an interrupted installation goes on where it was. CLIPX_ENGINES names another folder for engines and files.

Examples:
  clipx engine install tfjs
  clipx engine install tfjs --from wheels      without a network`,
    )
    .action((name: string, flags: { from?: string }) => act((context) => install(name, flags, context)));
  engine
    .command('ls')
    .description('List the engines that can be installed: version, size, folder, and whether each works and is taken.')
    .action(() => act(list));
  engine
    .command('rm')
    .description('Remove an installed engine, in every version.')
    .argument('<engine>', engineNames.join(', '))
    .option('--downloads', 'also the files that were fetched for it')
    .action((name: string, flags: { downloads?: boolean }) => act((context) => remove(name, flags, context)));
}

async function install(name: string, { from }: { from?: string }, context: CommandContext): Promise<ExitCode> {
  const engine = engineNamed(name);
  const { environment } = context;
  const began = environment.now();
  const view = await openInstallView(context);
  const interruption = listenForInterruption(environment, () => context.remark('\nstopping\n'));
  const { installEngine } = await import('../../runtime/engines/install-engine.ts');
  try {
    const { folder, record, remarks } = await installEngine(engine, {
      from: from === undefined ? undefined : resolve(context.cwd, from),
      signal: interruption.signal,
      onProgress: view.show,
    });
    view.close();
    for (const remark of remarks) context.remark(`note: ${remark}\n`);
    const seconds = Math.round((environment.now() - began) / 100) / 10;
    if (context.format === 'json') {
      await printJson('engine', { schema: 'clipx.engine/1', engine, folder, seconds, record }, context);
      return ExitCode.done;
    }
    const { library, device, bytes } = record;
    context.print(
      `${engine} works: ${library.name} ${library.version} on ${device}, ${formatBytes(bytes)} in ${folder} (${seconds} s)\n`,
    );
    return ExitCode.done;
  } catch (error) {
    view.close();
    const code = interruption.code();
    if (code === undefined) throw error;
    environment.stderr.write('interrupted: nothing was installed; files already fetched are kept\n');
    return code;
  } finally {
    interruption.release();
  }
}

/** Exit 0 also where none is installed: the list is the answer. */
async function list(context: CommandContext): Promise<ExitCode> {
  const { listEngines } = await import('../../runtime/engines/list-engines.ts');
  const { folderBytes } = await import('../../runtime/engines/engine-record.ts');
  const { downloadsFolder } = await import('../../runtime/engines/install-engine.ts');
  const { takenEngine } = await import('../taken-engine.ts');
  const { settings } = await context.project();
  const rows = await listEngines();
  const taken = await takenEngine(settings);
  const downloads = { folder: downloadsFolder(), bytes: await folderBytes(downloadsFolder()) };
  const engines = rows.map((row) => ({ ...row, taken: row.engine === taken }));
  if (context.format === 'json') {
    await printJson('engines', { schema: 'clipx.engines/1', folder: enginesFolder(), downloads, engines }, context);
    return ExitCode.done;
  }
  const width = Math.max(...engineNames.map((it) => it.length));
  for (const { engine, version, folder, installed, works, why, bytes, taken, command } of engines) {
    const state = installed ? (works ? 'works' : 'broken') : 'absent';
    const size = installed ? formatBytes(bytes) : '';
    const words = [engine.padEnd(width), version.padEnd(8), size.padStart(9), state.padEnd(7), why].join('  ');
    context.print(`${words}${taken ? '  <- taken' : ''}\n`);
    if (installed) context.print(`${''.padEnd(width)}  ${folder}\n`);
    if (command !== undefined) context.print(`${''.padEnd(width)}  ${installed ? 'mend' : 'add'} it: ${command}\n`);
  }
  if (downloads.bytes > 0) context.print(`kept files: ${formatBytes(downloads.bytes)} in ${downloads.folder}\n`);
  return ExitCode.done;
}

async function remove(name: string, flags: { downloads?: boolean }, context: CommandContext): Promise<ExitCode> {
  const engine = engineNamed(name);
  const { removeEngine } = await import('../../runtime/engines/remove-engine.ts');
  const result = await removeEngine(engine, { downloads: flags.downloads === true });
  if (context.format === 'json') {
    await printJson('engine-removed', { schema: 'clipx.engine-removed/1', ...result }, context);
  } else if (result.removed.length === 0) context.print(`${engine} is not installed\n`);
  else context.print(`removed ${result.removed.join(', ')}: ${formatBytes(result.bytes)}\n`);
  return ExitCode.done;
}

function engineNamed(name: string): EngineName {
  const known = engineNames.find((it) => it === name);
  if (known !== undefined) return known;
  const nearest = nearestName(name, engineNames);
  throw new UsageError(
    `there is no engine "${name}" to install, expected one of ${engineNames.join(', ')}`,
    nearest === undefined ? undefined : `did you mean "${nearest}"?`,
  );
}

async function printJson(
  schema: 'engine' | 'engines' | 'engine-removed',
  result: unknown,
  context: CommandContext,
): Promise<void> {
  const { validateJson } = await import('../../runtime/records/validate.ts');
  await validateJson(schema, result, 'what is printed');
  context.print(`${JSON.stringify(result)}\n`);
}
