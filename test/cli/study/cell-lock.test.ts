import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockCell } from '../../../src/cli/study/cell-lock.ts';
import { newFolder } from '../support.ts';

const key = { semantic: 'a', seed: 1, inputs: 'b' };

const lockOf = (runs: string): string => join(runs, '.cells', readdirSync(join(runs, '.cells'))[0] ?? '');

test('one at a time holds a cell, others their own; nothing is left behind', () => {
  const runs = newFolder('lock');
  const lock = lockCell(runs, key);
  expect(lock).toBeDefined();
  expect(JSON.parse(readFileSync(lockOf(runs), 'utf8'))).toEqual({ process: process.pid, host: hostname() });
  expect(lockCell(runs, key)).toBeUndefined();
  const other = lockCell(runs, { ...key, seed: 2 });
  expect(other).toBeDefined();
  lock?.release();
  const again = lockCell(runs, key);
  expect(again).toBeDefined();
  again?.release();
  other?.release();
  expect(existsSync(join(runs, '.cells'))).toBe(false);
});

test('a lock of a process that is gone is taken, one of a living process or of another machine is not', async () => {
  const runs = newFolder('lock');
  lockCell(runs, key)?.release();
  mkdirSync(join(runs, '.cells'));
  const first = lockCell(runs, key);
  const path = lockOf(runs);
  first?.release();
  const held = (process: number, host: string): void => {
    mkdirSync(join(runs, '.cells'), { recursive: true });
    writeFileSync(path, JSON.stringify({ process, host }));
  };

  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await new Promise((resolve) => void child.once('spawn', resolve));
  held(child.pid ?? 0, hostname());
  expect(lockCell(runs, key)).toBeUndefined();
  child.kill('SIGKILL');
  await new Promise((resolve) => void child.once('exit', resolve));
  const taken = lockCell(runs, key);
  expect(taken).toBeDefined();
  taken?.release();

  held(child.pid ?? 0, 'elsewhere');
  expect(lockCell(runs, key)).toBeUndefined();
  const long = new Date(Date.now() - 11 * 60_000);
  utimesSync(path, long, long);
  const late = lockCell(runs, key);
  expect(late).toBeDefined();
  late?.release();
});
