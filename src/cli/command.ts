import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** Runs a command's work with a context and keeps its exit code. */
export type Act = (work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;

/** Declares one command: its words, flags and help. What it needs is loaded only when it acts. */
export type DefineCommand = (program: Command, act: Act) => void;
