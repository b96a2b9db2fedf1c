import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCheckpoint } from '../../src/runtime/checkpoint.ts';
import { readEvents } from '../../src/runtime/event-log.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { readRun, runPaths } from '../../src/runtime/records/run-folder.ts';
import { runProgram } from '../../src/runtime/run.ts';
import type { RunRequest } from '../../src/runtime/run.ts';
import { tinyProgram, writeTinyData } from './support/tiny-experiment.ts';
import { only, runTiny, temporaryFolder } from './support/run-tiny.ts';

const child = join(import.meta.dirname, 'support', 'run-child.ts');

async function project(epochs: number): Promise<{ root: string; request: RunRequest }> {
  const root = temporaryFolder();
  await writeTinyData(root);
  const request: RunRequest = {
    program: tinyProgram({ epochs }),
    experimentText: 'clipx 1\n',
    seed: 1,
    backend: 'reference',
    threads: 1,
    projectRoot: root,
    runsFolder: join(root, 'runs'),
    cacheFolder: join(root, 'cache'),
    clipxVersion: '0.0.0',
    checkpointEvery: 5,
  };
  return { root, request };
}

function losses(events: readonly RunEvent[]): unknown[] {
  return only(events, 'step').map(({ step, total, gradientNorm }) => [step, total, gradientNorm]);
}

/** Runs the child under a shell prefix until `until` holds of its events, then does `act`; gives its exit status. */
function runChild(
  root: string,
  request: RunRequest,
  options: {
    readonly prefix?: string;
    readonly until?: (events: readonly RunEvent[]) => boolean;
    readonly act?: 'SIGKILL' | 'SIGINT';
  },
): Promise<{ status: number | null; text: string }> {
  const input = join(root, 'request.json');
  writeFileSync(input, JSON.stringify(request));
  return new Promise((resolve) => {
    const command = `${options.prefix ?? ''} exec ${process.execPath} --import tsx ${child} ${input}`;
    const running = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    running.stdout.on('data', (chunk) => (text += String(chunk)));
    running.stderr.on('data', (chunk) => (text += String(chunk)));
    const poll = setInterval(() => {
      const runs = join(root, 'runs');
      const name = existsSync(runs) ? readdirSync(runs)[0] : undefined;
      if (name === undefined || options.until?.(readEvents(runPaths(join(runs, name)).events)) !== true) return;
      clearInterval(poll);
      running.kill(options.act);
    }, 20);
    running.on('exit', (status) => {
      clearInterval(poll);
      resolve({ status, text });
    });
  });
}

test('a run in a worker thread gives the numbers of one in this thread', async () => {
  const { request } = await project(2);
  const events: RunEvent[] = [];
  const outcome = await runProgram(request, (event) => events.push(event));
  expect(outcome.error).toBeUndefined();
  expect(outcome.status).toBe('complete');
  const here = await runTiny({ root: temporaryFolder(), epochs: 2 });
  expect(losses(events)).toEqual(losses(here.events));
});

test('an abort stops the worker after a checkpoint', async () => {
  const { request } = await project(400);
  const controller = new AbortController();
  const events: RunEvent[] = [];
  const outcome = await runProgram(
    request,
    (event) => {
      events.push(event);
      if (event.event === 'step' && event.step === 3) controller.abort();
    },
    { signal: controller.signal },
  );
  expect(outcome).toMatchObject({ status: 'interrupted', exitStatus: 130 });
  const checkpoint = await readCheckpoint(runPaths(outcome.folder ?? '').checkpoint);
  expect(checkpoint?.state.step).toBe(outcome.steps);
  expect(events.at(-1)).toMatchObject({ event: 'run.end', status: 'interrupted', steps: outcome.steps });
});

test('a missing engine artefact is an outcome, not a crash', async () => {
  const { request } = await project(1);
  const outcome = await runProgram({ ...request, backend: 'onnxruntime-node' }, () => undefined);
  expect(outcome).toMatchObject({ status: 'failed', error: { code: 'CX8265' } });
});

test('kill -9 loses at most what came after the last checkpoint', async () => {
  const { root, request } = await project(60);
  await runChild(root, request, { act: 'SIGKILL', until: (events) => only(events, 'step').length >= 23 });
  const folder = join(root, 'runs', readdirSync(join(root, 'runs'))[0] ?? '');
  const killed = await readRun(folder);
  expect(killed.dead).toBe(true);
  const seen = losses(killed.events);
  const checkpoint = await readCheckpoint(runPaths(folder).checkpoint);
  expect(checkpoint?.state.step).toBeGreaterThanOrEqual(20);
  // Twenty steps more are enough to compare; then it is stopped again.
  const target = seen.length + 20;
  const controller = new AbortController();
  const outcome = await runProgram(
    { ...request, resume: folder },
    (event) => {
      if (event.event === 'step' && event.step >= target) controller.abort();
    },
    { signal: controller.signal },
  );
  expect(outcome.status).toBe('interrupted');
  const after = losses(readEvents(runPaths(folder).events));
  expect(after.slice(0, seen.length)).toEqual(seen);
  const whole = await runTiny({ root: temporaryFolder(), epochs: 60, stopAfter: target });
  expect(after.slice(0, target)).toEqual(losses(whole.events));
});

test('a disk that is full in the middle of a run: the last checkpoint stays, the run says why and can go on', async () => {
  const { root, request } = await project(60);
  // No file may pass 24 KiB: the event log reaches that after some fifty steps, in the middle of a line.
  const { status, text } = await runChild(
    root,
    { ...request, checkpointEvery: 5 },
    { prefix: "trap '' XFSZ; ulimit -f 24;" },
  );
  expect(text).toContain('CX8211');
  expect(status).toBe(5);
  const folder = join(root, 'runs', readdirSync(join(root, 'runs'))[0] ?? '');
  const checkpoint = await readCheckpoint(runPaths(folder).checkpoint);
  expect(checkpoint?.state.step).toBeGreaterThanOrEqual(5);
  expect(readdirSync(runPaths(folder).checkpoint).filter((name) => name.endsWith('.partial'))).toEqual([]);
  const rest = await runTiny({ root, epochs: 60, resume: folder, stopAfter: 10 });
  expect(rest.outcome.status).toBe('interrupted');
  expect(readFileSync(runPaths(folder).events, 'utf8').endsWith('\n')).toBe(true);
});
