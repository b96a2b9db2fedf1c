import type { ExitCode } from './exit-codes.ts';

/** A stream that text is written to: a terminal, a pipe or, in tests, a list of strings. */
export interface OutputStream {
  write(content: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export type Signal = 'SIGINT' | 'SIGTERM';

/** All that a command sees of the machine. `main` is given one, so a test can give another. */
export interface Environment {
  /** The result. */
  readonly stdout: OutputStream;
  /** Progress and diagnostics. */
  readonly stderr: OutputStream;
  readonly stdin: { readonly isTTY?: boolean; text(): Promise<string> };
  /** Absolute path. */
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Resolves after `ms`; the wait never keeps the process alive past `main`. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Calls `listener` for each signal until the returned function is called. */
  readonly onSignal: (listener: (signal: Signal) => void) => () => void;
  /** Leaves at once, without waiting for what is under way. */
  readonly exit: (code: ExitCode) => void;
}

export type ColorChoice = 'auto' | 'always' | 'never';

/** Whether escape codes may be written to a stream: the flag, then NO_COLOR, FORCE_COLOR and TERM, then whether it is a terminal. */
export function wantsColor(
  stream: OutputStream,
  choice: ColorChoice,
  variables: Readonly<Record<string, string | undefined>>,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (isSet(variables['NO_COLOR'])) return false;
  const force = variables['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (variables['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}

export type ProgressMode = 'tui' | 'plain' | 'json' | 'none';

/** A live panel only where somebody sees it live: a terminal that can move its cursor, and no CI log. */
export function progressMode(
  choice: 'auto' | ProgressMode,
  stream: OutputStream,
  variables: Readonly<Record<string, string | undefined>>,
): ProgressMode {
  if (choice === 'tui') return canDrawPanel(stream, variables) ? 'tui' : 'plain';
  if (choice !== 'auto') return choice;
  return canDrawPanel(stream, variables) && !isContinuousIntegration(variables) ? 'tui' : 'plain';
}

function canDrawPanel(stream: OutputStream, variables: Readonly<Record<string, string | undefined>>): boolean {
  return stream.isTTY === true && variables['TERM'] !== 'dumb';
}

/** Ink itself falls silent under CI, therefore the same reading of the variables as its own: any value but 0 and false. */
export function isContinuousIntegration(variables: Readonly<Record<string, string | undefined>>): boolean {
  const value = variables['CI'];
  return isSet(value) && value !== '0' && value !== 'false';
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
