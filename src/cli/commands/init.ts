import type { Command } from 'commander';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearestName } from '../../compiler/common/suggest.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { CommandError, UsageError } from '../failure.ts';
import { copyShipped, defaultTemplate, named, shippedFolders, templates } from '../templates.ts';

interface InitFlags {
  readonly list?: boolean;
  readonly template?: string;
}

export function defineInit(program: Command, act: Act): void {
  program
    .command('init')
    .description('Write a commented experiment to begin with, and what it reads. Nothing is ever overwritten.')
    .argument('[name]', 'name of the file and of the experiment; that of the template by default')
    .option('--template <name>', `which one (${defaultTemplate} by default)`)
    .option('--list', 'list the templates')
    .action((name: string | undefined, flags: InitFlags) => act((context) => init(name, flags, context)));
}

async function init(name: string | undefined, flags: InitFlags, context: CommandContext): Promise<ExitCode> {
  const all = templates();
  if (flags.list === true) {
    const listed = all.map((each) => ({ name: each.name, title: each.title }));
    const width = Math.max(...listed.map((each) => each.name.length));
    const lines = listed.map((each) => `${each.name.padEnd(width)}  ${each.title}\n`);
    context.print(context.format === 'json' ? `${JSON.stringify(listed, undefined, 2)}\n` : lines.join(''));
    return ExitCode.done;
  }
  const wanted = flags.template ?? defaultTemplate;
  const template = all.find((each) => each.name === wanted);
  if (template === undefined) {
    const nearest = nearestName(wanted, all.map((each) => each.name)); // prettier-ignore
    throw new UsageError(`there is no template ${wanted}`, nearest === undefined ? 'clipx init --list lists them' : `did you mean ${nearest}?`); // prettier-ignore
  }
  const stem = (name ?? template.name).replace(/\.clipx$/, '');
  if (!/^[\p{L}\p{N}_-]+$/u.test(stem))
    throw new UsageError(`${stem} is no name of a file`, 'take letters, digits, - and _; the file is written to this folder'); // prettier-ignore
  const file = `${stem}.clipx`;
  if (existsSync(join(context.cwd, file)))
    throw new CommandError('user', `${file} is there already`, 'give another name: clipx init NAME');

  const { root, declared } = await context.project();
  const text = named(template, await experimentName(stem));
  if (!declared) {
    // The folder is a project from now on: paths of data begin here.
    writeFileSync(join(root, 'clipx.json'), '{}\n', { flag: 'wx' });
    context.remark('wrote clipx.json\n');
  }
  for (const folder of shippedFolders(text)) if (copyShipped(folder, root)) context.remark(`copied ${folder}\n`);
  writeFileSync(join(context.cwd, file), text, { flag: 'wx' });
  context.print(`${file}\n`);
  context.remark(`next: clipx run ${file}\n`);
  return ExitCode.done;
}

/** A file may be called what an experiment may not: `2-shots.clipx`, `sweep.clipx`. */
async function experimentName(stem: string): Promise<string> {
  const [{ parse }, { sourceFile }] = await Promise.all([
    import('../../compiler/parse/parse.ts'),
    import('../../compiler/source/source-file.ts'),
  ]);
  const name = stem.normalize('NFC').replaceAll('-', '_');
  const { diagnostics } = parse(sourceFile(stem, `clipx 1\n\nexperiment ${name} "any"\n`));
  return diagnostics.length > 0 ? `my_${name}` : name;
}
