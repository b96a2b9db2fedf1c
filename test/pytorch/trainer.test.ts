/**
 * What trains otherwise than step after step of whole batches, by Python and by onnxruntime from the same weights on the same data: the same
 * events in the same order, the same numbers up to rounding, a run folder that reads like any other; in one process and in two.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writePytorchPackage } from '../../src/cli/pytorch-package.ts';
import { compile, type Compilation } from '../../src/compiler/compile.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import type { Program } from '../../src/compiler/program/program.ts';
import { readCheckpoint } from '../../src/runtime/checkpoint.ts';
import { createDataRoom } from '../../src/runtime/data/data-room.ts';
import { gatherFacts } from '../../src/runtime/data/gather-facts.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import type { RunHost } from '../../src/runtime/execute-run.ts';
import { readRun, runPaths } from '../../src/runtime/records/run-folder.ts';
import { schemaChecker } from '../../src/runtime/records/validate.ts';
import { runProgram } from '../../src/runtime/run.ts';
import { repositoryHost } from '../support/repository-host.ts';
import { readSafetensors } from '../support/safetensors.ts';
import { findPython, runPython } from './support/python.ts';
import { launcher } from './support/train-package.ts';

const python = findPython();
if (python === undefined) console.warn('training by packages is not tested: no Python with torch; see CLIPX_PYTHON');

const root = mkdtempSync(join(tmpdir(), 'clipx-trainer-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const support = join(import.meta.dirname, 'support');

beforeAll(() => {
  const points = Array.from({ length: 40 }, (_, at) => {
    const x = [0, 1, 2, 3].map((k) => Math.sin(1.7 * at + k));
    return JSON.stringify({ name: `p${at}`, x, y: [0, 1, 2].map((k) => (x[k] ?? 0) * (x[k + 1] ?? 0)) });
  });
  writeFileSync(join(root, 'points.jsonl'), `${points.join('\n')}\n`);
  writeFileSync(join(root, 'few.jsonl'), `${points.slice(0, 3).join('\n')}\n`);
  // every seventh lacks its kind
  const gaps = Array.from({ length: 60 }, (_, at) => {
    const x = [0, 1, 2, 3].map((k) => Math.cos(2.3 * at + 1.1 * k));
    return JSON.stringify({ x, ...(at % 7 === 3 ? {} : { kind: 'abcd'[Math.floor((x[1] ?? 0) * 1.99 + 2)] }) });
  });
  writeFileSync(join(root, 'gaps.jsonl'), `${gaps.join('\n')}\n`);
  // none is a fish, and some of the labels are not known
  const marks = Array.from({ length: 40 }, (_, at) => {
    const x = [0, 1, 2, 3].map((k) => Math.sin(3.1 * at + 0.7 * k));
    const said = Object.fromEntries(
      ['u', 'v', 'w'].map((word, k) => [word, at % (k + 2) === 0 ? null : at % 3 === k ? 1 : 0]),
    );
    return JSON.stringify({ x, said, kind: ['cat', 'dog', 'Cat'][at % 3] });
  });
  writeFileSync(join(root, 'marks.jsonl'), `${marks.join('\n')}\n`);
  copyFileSync(join(support, '../../../data/tokenizer/clip-small.json'), join(root, 'tokenizer.json'));
});

async function compiledOf(
  name: string,
  edit = (text: string): string => text,
): Promise<Compilation & { readonly program: Program }> {
  const path = `test/pytorch/support/${name}.clipx`;
  const request = { path, text: edit(readFileSync(join(support, `${name}.clipx`), 'utf8')), host: repositoryHost };
  const nominal = compile(request);
  if (nominal.program === undefined) throw new Error(nominal.diagnostics.map(({ message }) => message).join('\n'));
  const made = compile({ ...request, facts: await gatherFacts(nominal.program, { projectFolder: root, seed: 0 }) });
  if (made.program === undefined) throw new Error(made.diagnostics.map(({ message }) => message).join('\n'));
  return { ...made, program: made.program };
}

async function byOnnxruntime(program: Program, name: string): Promise<string> {
  const request = { program, experimentText: '', seed: 1, backend: 'onnxruntime-node', threads: 1, projectRoot: root, runsFolder: join(root, `${name}-engine`), clipxVersion: '0' } as const; // prettier-ignore
  const inProcess: Pick<RunHost, 'openData'> = {
    openData: (_request, emit) => {
      const onWarning = (code: string, message: string): void => emit({ event: 'warning', code, message });
      return createDataRoom(program, { projectFolder: root, seed: 1, onWarning });
    },
  };
  const outcome = await runProgram(request, () => undefined, { lower: lowererOf(program), inProcess });
  expect(outcome.error?.message).toBeUndefined();
  return outcome.folder ?? '';
}

const options = ['--device', 'cpu', '--data-root', root];

function byPython(name: string, processes: number, flags: readonly string[] = []): string {
  const folder = join(root, `${name}-${processes}${flags.join('')}`);
  mkdirSync(folder);
  runPython(
    python ?? '',
    [...launcher(processes), '-m', `${name}.train`, ...options, '--folder', folder, ...flags],
    root,
  );
  return folder;
}

/** The same, stopped and resumed after each of these steps of a sitting. */
function inSittings(name: string, processes: number, stops: readonly number[]): string {
  const folder = join(root, `${name}-sittings-${processes}`);
  mkdirSync(folder);
  const place = (at: number): readonly string[] => [at === 0 ? '--folder' : '--resume', folder];
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  for (const [at, stop] of stops.entries()) {
    const { status } = spawnSync(python ?? '', [...launcher(processes), join(support, 'stop_at.py'), name, 'SIGINT', String(stop), ...options, ...place(at)], { cwd: root, env }); // prettier-ignore
    // torchrun says alone that it did not go well
    expect(status).toBe(processes === 1 ? 130 : 1);
  }
  runPython(python ?? '', [...launcher(processes), '-m', `${name}.train`, ...options, ...place(stops.length)], root);
  return folder;
}

/** What was optimised for each sample. */
function samplesOf(folder: string): ReadonlyMap<string, unknown> {
  const { samples } = runPaths(folder);
  const files = existsSync(samples) ? readdirSync(samples).sort() : [];
  return new Map(files.map((file) => [file, Object.fromEntries([...readSafetensors(join(samples, file))].map(([tensor, { data }]) => [tensor, Array.from(data)]))])); // prettier-ignore
}

/** Numbers as they are, times and paths left out; what says how one of the two works is left out as well. */
function told(events: readonly RunEvent[]): unknown[] {
  return events.flatMap((event): unknown[] => {
    const { ts: _at, seq: _number, ...rest } = event;
    switch (rest.event) {
      case 'step':
      case 'epoch':
        return [{ ...rest, ms: 0 }];
      case 'checkpoint':
        return [{ ...rest, path: '', bytes: 0 }];
      case 'plan':
        return [{ ...rest, cached: [] }];
      case 'eval':
      case 'sample':
      case 'certificate':
      case 'warning':
        return [rest];
      default:
        return [];
    }
  });
}

/** The first place where two records are not the same, or 1e-4 of the larger number apart. */
function difference(ours: unknown, theirs: unknown, path = ''): string | undefined {
  if (typeof ours === 'number' && typeof theirs === 'number')
    return Math.abs(ours - theirs) <= 1e-4 * Math.max(Math.abs(ours), Math.abs(theirs), 1e-3) ? undefined : `${path}: ${ours} and ${theirs}`;
  if (typeof ours !== 'object' || typeof theirs !== 'object' || ours === null || theirs === null)
    return ours === theirs ? undefined : `${path}: ${JSON.stringify(ours)} and ${JSON.stringify(theirs)}`;
  const [left, right] = [Object.entries(ours), new Map(Object.entries(theirs))];
  const extra = [...right.keys()].find((key) => !(key in ours));
  if (extra !== undefined) return `${path}/${extra}: nothing and ${JSON.stringify(right.get(extra))}`;
  return left.map(([key, value]) => difference(value, right.get(key), `${path}/${key}`)).find((each) => each !== undefined);
} // prettier-ignore

async function readAll(folder: string): Promise<{ readonly events: unknown[]; readonly rest: unknown }> {
  const { events, record, results } = await readRun(folder);
  const check = await schemaChecker('event');
  expect(events.flatMap((event) => check(event))).toEqual([]);
  const state = (await readCheckpoint(runPaths(folder).checkpoint))?.state;
  expect(state?.finished).toBe(true);
  const { samples, turn, runStep, counter, step, steps, best } = state ?? {};
  return { events: told(events), rest: { record: record.state, results, samples, turn, runStep, counter, step, steps, best } }; // prettier-ignore
}

interface Case {
  readonly processes: readonly number[];
  readonly sharded?: true;
  /** Steps of each sitting after which a run is stopped and resumed, by processes. */
  readonly sittings?: Readonly<Record<number, readonly number[]>>;
  /** Terms whose steps say of how many elements they are, and codes of what is warned of. */
  readonly counted?: readonly string[];
  readonly warned?: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  chunks: { processes: [1, 2], sharded: true },
  search: { processes: [1, 2] },
  restarts: { processes: [1, 2], sittings: { 1: [3, 9] } },
  // in the second restart of the first sample, in the first of the second; by two processes as the first two are told of, then in the third
  each: { processes: [1, 2], sittings: { 1: [9, 8], 2: [20, 9] } },
  sets: { processes: [1, 2] },
  counts: { processes: [1, 2], sharded: true, counted: ['L', 'E', 'M'], warned: ['CX8114', 'CX8224'] },
};

describe.skipIf(python === undefined)('training by a package is training by clipx', () => {
  test.each(Object.entries(cases))('%s', async (name, { processes, sharded, sittings = {}, counted, warned }) => {
    const compiled = await compiledOf(name);
    const target = { folder: join(root, name), seed: 1, projectRoot: root, runsFolder: join(root, 'runs') };
    const { diagnostics } = await writePytorchPackage(compiled, target);
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    const engine = await byOnnxruntime(compiled.program, name);
    const expected = await readAll(engine);
    const said = expected.events as readonly RunEvent[];
    if (counted !== undefined) {
      expect(said.flatMap((event) => (event.event === 'step' && event.step === 1 ? event.terms.filter(({ count }) => count !== undefined) : [])).map(({ name: term }) => term)).toEqual(counted);
      expect(said.flatMap((event) => (event.event === 'warning' ? [event.code] : []))).toEqual(warned);
    }
    const runs = [...processes.map((count) => [count] as const), ...(sharded === true ? [[2, ['--fsdp']] as const] : [])]; // prettier-ignore
    for (const [count, flags] of runs) {
      const folder = byPython(name, count, flags);
      const found = await readAll(folder);
      const place = `${name}, ${count} processes${(flags ?? []).join(' ')}`;
      expect(found.events.map((event) => (event as RunEvent).event), place).toEqual(expected.events.map((event) => (event as RunEvent).event)); // prettier-ignore
      expect(difference(expected, found), place).toBeUndefined();
      expect(difference(Object.fromEntries(samplesOf(engine)), Object.fromEntries(samplesOf(folder))), place).toBeUndefined();
    }
    const numbers = ({ events }: Awaited<ReturnType<typeof readAll>>): unknown[] => events.filter((event) => ['step', 'eval', 'certificate'].includes((event as RunEvent).event));
    for (const [count, stops] of Object.entries(sittings)) {
      const [whole, parts] = [join(root, `${name}-${count}`), inSittings(name, Number(count), stops)];
      const [one, several] = [await readAll(whole), await readAll(parts)];
      expect(numbers(several)).toEqual(numbers(one));
      expect(several.rest).toEqual(one.rest);
      expect(samplesOf(parts)).toEqual(samplesOf(whole));
    }
  }); // prettier-ignore

  test('a sample whose numbers are not finite ends a run in two processes as in one', async () => {
    const compiled = await compiledOf('each', (text) => text.replace('lr: 0.05', 'lr: 1e37'));
    await writePytorchPackage(compiled, { folder: join(root, 'fails'), seed: 1, projectRoot: root, runsFolder: join(root, 'runs') }); // prettier-ignore
    const runs = [1, 2].map(async (processes) => {
      const folder = join(root, `fails-${processes}`);
      mkdirSync(folder);
      const { status } = spawnSync(python ?? '', [...launcher(processes), '-m', 'fails.train', ...options, '--folder', folder], { cwd: root }); // prettier-ignore
      expect(status).toBe(processes === 1 ? 4 : 1);
      return readRun(folder);
    });
    const [one, two] = await Promise.all(runs);
    expect(one?.record).toMatchObject({ state: 'failed', error: { code: 'CX8221' } });
    expect(two?.record.error).toEqual(one?.record.error);
    expect(told(two?.events ?? [])).toEqual(told(one?.events ?? []));
  });
});
