import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/runtime/events.ts';
import { runStream } from '../support/run-stream.ts';
import { clipx, newFolder } from './support.ts';

function lines(events: readonly RunEvent[]): string {
  return events.map((it) => `${JSON.stringify(it)}\n`).join('');
}

function projectWith(content: string): string {
  const cwd = newFolder('watch');
  mkdirSync(join(cwd, 'runs', 'one'), { recursive: true });
  writeFileSync(join(cwd, 'runs', 'one', 'events.ndjson'), content);
  return cwd;
}

test('a finished run reads the same however it is named, and in a pipe without an escape byte', async () => {
  const cwd = projectWith(lines(runStream({ epochs: 2 })));
  const named = await clipx(['watch', 'one'], { cwd });
  expect(named.code).toBe(0);
  expect(named.stdout).toContain('complete after 62 steps');
  expect(named.stdout).not.toContain('\u001B');
  for (const word of ['latest', 'runs/one', join(cwd, 'runs/one/events.ndjson')]) {
    expect(await clipx(['watch', word], { cwd })).toEqual(named);
  }
});

test('a failed run is watched with exit 0: the view is the answer', async () => {
  const cwd = projectWith(lines(runStream({ epochs: 2, status: 'failed' })));
  expect((await clipx(['watch', 'one'], { cwd })).code).toBe(0);
});

test('--progress json gives every event back', async () => {
  const events = runStream({ epochs: 2 });
  const { stdout } = await clipx(['watch', 'one', '--progress', 'json'], { cwd: projectWith(lines(events)) });
  expect(stdout).toBe(lines(events));
});

test('a torn last line is left out, a damaged one in the middle is told of', async () => {
  const text = lines(runStream({ epochs: 2, status: undefined }));
  const torn = projectWith(text.slice(0, -40));
  const called = await clipx(['watch', 'one', '--no-follow', '--progress', 'json'], { cwd: torn });
  expect(called.stdout).toBe(text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1));
  expect(called.stderr).toBe('');
  const damaged = projectWith(text.replace(/^/, '{"half\n'));
  expect((await clipx(['watch', 'one', '--no-follow', '--progress', 'none'], { cwd: damaged })).stderr).toContain(
    'line 1 of',
  );
});

test('a running run is followed until it ends', async () => {
  const events = runStream({ epochs: 2 });
  const half = Math.floor(events.length / 2);
  const cwd = projectWith(lines(events.slice(0, half)));
  const watched = clipx(['watch', 'one', '--progress', 'json'], { cwd });
  await new Promise((resolve) => void setTimeout(resolve, 250));
  const rest = lines(events.slice(half));
  const file = join(cwd, 'runs', 'one', 'events.ndjson');
  appendFileSync(file, rest.slice(0, 1000));
  await new Promise((resolve) => void setTimeout(resolve, 250));
  appendFileSync(file, rest.slice(1000));
  const { code, stdout } = await watched;
  expect(code).toBe(0);
  expect(stdout).toBe(lines(events));
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the watching with %i', async (signal, code) => {
  const cwd = projectWith(lines(runStream({ epochs: 1, status: undefined })));
  const called = await clipx(['watch', 'one'], { cwd, onListen: (send) => void setTimeout(() => send(signal), 100) });
  expect(called.code).toBe(code);
});
