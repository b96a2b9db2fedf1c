import process from 'node:process';
import { Command, CommanderError, Option } from 'commander';
import type { Act, DefineCommand } from './command.ts';
import { commandContext, type GlobalFlags } from './context.ts';
import type { Environment } from './environment.ts';
import { ExitCode } from './exit-codes.ts';
import { describeFailure } from './failure.ts';
import { packageVersion } from './package-version.ts';
import { systemEnvironment } from './system-environment.ts';
import { defineCheck } from './commands/check.ts';
import { defineCompare } from './commands/compare.ts';
import { defineCompile } from './commands/compile.ts';
import { defineDiff } from './commands/diff.ts';
import { defineDoctor } from './commands/doctor.ts';
import { defineEngine } from './commands/engine.ts';
import { defineExport } from './commands/export.ts';
import { defineExplain } from './commands/explain.ts';
import { defineFmt } from './commands/fmt.ts';
import { defineInit } from './commands/init.ts';
import { definePlan } from './commands/plan.ts';
import { defineReport } from './commands/report.ts';
import { defineResume } from './commands/resume.ts';
import { defineRun } from './commands/run.ts';
import { defineStudy } from './commands/study.ts';
import { defineSweep } from './commands/sweep.ts';
import { defineWatch } from './commands/watch.ts';
import { defineWeights } from './commands/weights.ts';

/** Every command, in the order of the help. */
const commands: readonly DefineCommand[] = [
  defineInit,
  defineRun,
  defineResume,
  defineSweep,
  defineStudy,
  defineWatch,
  defineReport,
  defineCompare,
  defineCheck,
  defineExport,
  defineFmt,
  defineExplain,
  definePlan,
  defineCompile,
  defineDiff,
  defineDoctor,
  defineEngine,
  defineWeights,
];

/** Runs the command line on the real machine and leaves the process with its exit code. */
export async function start(): Promise<void> {
  const code = await main(process.argv.slice(2), systemEnvironment());
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // Engines keep threads alive; the work is done, so nothing is waited for.
  process.exit(code);
}

/** Runs one command line; never throws. */
export async function main(words: readonly string[], environment: Environment): Promise<ExitCode> {
  let code: ExitCode = ExitCode.done;
  const program = commandLine(environment);
  let flags: GlobalFlags = {};
  program.hook('preAction', (_, command) => {
    flags = command.optsWithGlobals<GlobalFlags>();
  });
  const act: Act = async (work) => {
    code = await work(commandContext(environment, flags));
  };
  for (const define of commands) define(program, act);
  prepare(program, environment);
  if (words.length === 0) {
    environment.stderr.write(program.helpInformation());
    return ExitCode.usage;
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    return printFailure(error, environment);
  }
}

function commandLine(environment: Environment): Command {
  return new Command('clipx')
    .description('A language and a compiler for experiments that adapt CLIP.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addOption(choice('--format <format>', 'form of results and diagnostics', ['text', 'json', 'github', 'sarif']))
    .option('--json', 'the same as --format json')
    .addOption(choice('--color <when>', 'colours', ['auto', 'always', 'never']))
    .option('--no-input', 'never ask a question (for scripts)')
    .option('-q, --quiet', 'results, warnings and errors only')
    .option('--cwd <folder>', 'work as if called in this folder')
    .addOption(
      new Option('--allow-path <folder>', 'let files use others from this folder too (again for more)').argParser(
        (folder: string, before: readonly string[] | undefined) => [...(before ?? []), folder],
      ),
    )
    .option('--allow-network', 'fetch models that files name as hf:org/name and this machine lacks')
    .addHelpText(
      'after',
      `
Examples:
  clipx init                                          write an experiment to begin with
  clipx run experiments/clip-gaze/clip-gaze.clipx     train and evaluate
  clipx check experiments/clip-gaze/clip-gaze.clipx   find every error, touching no data, weights or engine
  clipx watch latest                                  look at the newest run again

Exit codes: 0 done · 1 the answer is no · 2 usage · 3 input does not load or compile · 4 training failed
numerically · 5 environment (device, memory, disk) · 70 bug in clipx · 130, 143 interrupted`,
    )
    .configureHelp({ helpWidth: Math.min(environment.stdout.columns ?? 100, 120) });
}

function choice(flags: string, text: string, choices: readonly string[]): Option {
  return new Option(flags, text).choices(choices);
}

/** Words and exit codes of the parser go through the environment, and an unknown name offers the nearest one. */
function prepare(command: Command, environment: Environment): void {
  command.exitOverride();
  command.showSuggestionAfterError(true);
  command.allowExcessArguments(false);
  command.configureOutput({
    writeOut: (text) => void environment.stdout.write(text),
    writeErr: (text) => void environment.stderr.write(text),
    outputError: (text, write) => write(`${text.trimEnd()}\n`),
  });
  for (const inner of command.commands) prepare(inner, environment);
}

function printFailure(error: unknown, environment: Environment): ExitCode {
  const failure = describeFailure(error);
  const code = failure.code === undefined ? '' : `[${failure.code}]`;
  const internal = failure.exitCode === ExitCode.internal;
  const lines = [`${internal ? 'internal error' : 'error'}${code}: ${failure.message}`];
  if (failure.help !== undefined) lines.push(`  help: ${failure.help}`);
  if (internal) {
    lines.push('  This is a bug in clipx, not in your file. Please report it with the lines below.');
    lines.push(`  clipx ${packageVersion()}, Node ${process.version}, ${process.platform} ${process.arch}`);
    if (failure.stack !== undefined) lines.push(failure.stack);
  }
  environment.stderr.write(`${lines.join('\n')}\n`);
  return failure.exitCode;
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
