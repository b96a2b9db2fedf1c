import process from 'node:process';
import { text } from 'node:stream/consumers';
import type { Environment, Signal } from './environment.ts';

/** The machine clipx really runs on. */
export function systemEnvironment(): Environment {
  // A reader that closes early (`clipx explain … | head`) is no fault of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: { isTTY: process.stdin.isTTY, text: () => text(process.stdin) },
    cwd: process.cwd(),
    variables: process.env,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
    onSignal: (listener) => {
      const signals: readonly Signal[] = ['SIGINT', 'SIGTERM'];
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    exit: (code) => process.exit(code),
  };
}
