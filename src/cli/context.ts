import { resolve } from 'node:path';
import { wantsColor, type ColorChoice, type Environment, type OutputStream } from './environment.ts';
import { loadProject, parseSetting, type Project, type Settings } from './settings.ts';

type OutputFormat = 'text' | 'json' | 'github' | 'sarif';

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly format?: OutputFormat;
  readonly json?: boolean;
  readonly color?: ColorChoice;
  /** False under `--no-input`. */
  readonly input?: boolean;
  readonly quiet?: boolean;
  readonly cwd?: string;
  readonly allowPath?: readonly string[];
  readonly allowNetwork?: boolean;
  readonly backend?: string;
  readonly threads?: string;
  readonly progress?: string;
}

/** What a command works with. */
export interface CommandContext {
  readonly environment: Environment;
  readonly format: OutputFormat;
  readonly quiet: boolean;
  /** Absolute: `--cwd`, or where the command was called. */
  readonly cwd: string;
  /** Folders outside of the project that files may `use` and extend; absolute. */
  readonly allowed: readonly string[];
  /** `--allow-network`: what is not on this machine may be fetched. */
  readonly network: boolean;
  readonly color: ColorChoice;
  readonly colorOn: (stream: OutputStream) => boolean;
  /** The project around `cwd` and its settings; read anew at each call. */
  readonly project: () => Promise<Project>;
  /** Writes a piece of the result. */
  readonly print: (text: string) => void;
  /** Writes a remark that `--quiet` silences. */
  readonly remark: (text: string) => void;
}

/** Puts the flags and the machine together. Throws `UsageError` where a flag has no legal value. */
export function commandContext(environment: Environment, flags: GlobalFlags): CommandContext {
  const cwd = resolve(environment.cwd, flags.cwd ?? '.');
  const color = flags.color ?? 'auto';
  const quiet = flags.quiet === true;
  return {
    environment,
    format: flags.json === true ? 'json' : (flags.format ?? 'text'),
    quiet,
    cwd,
    allowed: (flags.allowPath ?? []).map((folder) => resolve(cwd, folder)),
    network: flags.allowNetwork === true,
    color,
    colorOn: (stream) => wantsColor(stream, color, environment.variables),
    project: () => loadProject(cwd, environment.variables, settingFlags(flags)),
    print: (text) => void environment.stdout.write(text),
    remark: (text) => {
      if (!quiet) environment.stderr.write(text);
    },
  };
}

function settingFlags(flags: GlobalFlags): Partial<Settings> {
  return {
    ...(flags.backend !== undefined && { backend: parseSetting('backend', flags.backend, '--backend') }),
    ...(flags.threads !== undefined && { threads: parseSetting('threads', flags.threads, '--threads') }),
    ...(flags.progress !== undefined && { progress: parseSetting('progress', flags.progress, '--progress') }),
  };
}
