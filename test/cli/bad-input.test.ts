/** What goes wrong is said in a sentence, with the exit code of whose fault it is, and nothing is lost. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { elementCount } from '../../src/compiler/types/dtype.ts';
import { writeSafetensors, type TensorToStore } from '../../src/runtime/weights/safetensors.ts';
import { plainPng, tarOf } from '../runtime/data/fixtures.ts';
import { repository } from '../support/fixtures.ts';
import { clipx, newFolder, type Called } from './support.ts';

// ── files that are no experiment ─────────────────────────────────────

const start = 'clipx 1\nexperiment t\n';

function folderWith(content: string | Uint8Array): string {
  const folder = newFolder('bad');
  writeFileSync(join(folder, 'clipx.json'), '{}');
  writeFileSync(join(folder, 'a.clipx'), content);
  return folder;
}

const rightToLeft = '\u202E';
const files: readonly (readonly [what: string, content: string | Uint8Array, checked: number, run: number, words: RegExp])[] = [
  ['ten megabytes', `${start}${`# ${'x'.repeat(98)}\n`.repeat(100_000)}`, 3, 3, /a\.clipx has \d+\.\d MiB, expected at most \d MiB/],
  ['two megabytes', `${start}${'let a = 1\n'.repeat(200_000)}`, 1, 3, /error\[CX1010\]/],
  ['a character that turns the direction of text', `${start}let a = 1 # ${rightToLeft}evil\n`, 1, 3, /error\[CX1008\][^]*U\+202E/],
  ['ten thousand parentheses', `${start}let a = ${'('.repeat(10_000)}1${')'.repeat(10_000)}\n`, 1, 3, /error\[CX1009\]/],
  ['ten thousand parentheses that never close', `${start}let a = ${'('.repeat(10_000)}1\n`, 1, 3, /error\[CX1006\]/],
  ['ten thousand minus signs', `${start}let a = ${'-'.repeat(10_000)}1\n`, 1, 3, /error\[CX1009\]/],
  ['a sum of ten thousand terms', `${start}let a = ${'1 + '.repeat(10_000)}1\n`, 1, 3, /error\[CX\d{4}\]/],
  ['bytes that are no text', Uint8Array.of(0x63, 0xff, 0xfe, 0x00), 3, 3, /a\.clipx is not UTF-8 text/],
  ['a null character', `${start}let a = 1\u0000\n`, 1, 3, /error\[CX1016\]/],
  ['a thousand wrong names', `${start}${Array.from({ length: 1000 }, (_, at) => `let a${at} = b${at}\n`).join('')}`, 1, 3, /note\[CX1017\]: and 80\d more/],
  ['a hundred thousand signs', `${start}${'@'.repeat(100_000)}\n`, 1, 3, /error\[CX10\d\d\]/],
  ['nothing', '', 1, 3, /error\[CX5009\]: the first line names the edition/],
]; // prettier-ignore

describe('a file of', () => {
  test.each(files)('%s', async (_, content, checked, ran, words) => {
    const cwd = folderWith(content);
    const check = await clipx(['check', 'a.clipx'], { cwd });
    expect(check.code, check.stderr).toBe(checked);
    expect(check.stderr).toMatch(words);
    expect(check.stderr).not.toMatch(/internal error|\n\s+at /);
    const run = await clipx(['run', 'a.clipx', '--progress', 'none'], { cwd });
    expect(run.code, run.stderr).toBe(ran);
    expect(run.stderr).toMatch(words);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });
});

test('a path that leads nowhere, and one that leads to a folder', async () => {
  const cwd = folderWith(start);
  expect(await clipx(['check', 'b.clipx'], { cwd })).toMatchObject({ code: 3 });
  expect(await clipx(['check', '.'], { cwd })).toMatchObject({ code: 3 });
});

test('a library has nothing to run, and says so', async () => {
  const cwd = folderWith('clipx 1\nfn f(x) = x\n');
  expect(await clipx(['check', 'a.clipx'], { cwd })).toMatchObject({ code: 0 });
  const run = await clipx(['run', 'a.clipx', '--progress', 'none'], { cwd });
  expect(run.code).toBe(3);
  expect(run.stderr).toMatch(/experiment/);
});

// ── data and weights ─────────────────────────────────────────────────

const faces = (on = ''): string => `clipx 1
experiment faces
vocabulary class = ["red", "blue"]
input face : image(16)
input label : class(class)
data seen = shards("seen.tar"${on}) { face: "png"  label: "json.label" }
frozen encoder clip = clip("model")
trainable module H = linear(clip.joint -> class)
let s = H(clip.image(face))
loss L = mean(logsumexp(s, over: class) - s[class: label])
minimize L
train on seen { epochs: 2  batch: 4  optimizer: adam(lr: 1e-2) }
evaluate on seen { metric right = mean(argmax(s, over: class) == label) in % }
`;

async function samples(change: Readonly<Record<string, string | Uint8Array | undefined>> = {}): Promise<Buffer> {
  const members: Record<string, string | Uint8Array> = {};
  for (let index = 0; index < 12; index++) {
    const red = index % 2 === 0;
    members[`s${index}.json`] = JSON.stringify({ label: red ? 'red' : 'blue' });
    members[`s${index}.png`] = await plainPng(16, 16, red ? [250, index, 0] : [0, index, 250]);
  }
  for (const [name, content] of Object.entries(change)) {
    if (content === undefined) delete members[name];
    else members[name] = content;
  }
  return tarOf(members);
}

const noText = { readText: (): undefined => undefined };

/** A project with a tiny model of random weights; `edit` changes the tensors before they are written. */
async function project({ text = faces(), shard, edit = () => undefined }: {
  readonly text?: string;
  readonly shard?: Uint8Array;
  readonly edit?: (tensors: Map<string, TensorToStore>) => void;
} = {}): Promise<string> {
  const cwd = folderWith(text);
  writeFileSync(join(cwd, 'seen.tar'), shard ?? (await samples()));
  mkdirSync(join(cwd, 'model'));
  const config = repository.readText('test/fixtures/parts/weights/config.json') ?? '';
  writeFileSync(join(cwd, 'model', 'config.json'), config);
  const host = { readText: (path: string) => (path === 'model/config.json' ? config : noText.readText()) };
  const { program } = compile({ path: 'a.clipx', text: faces(), host });
  const tensors = new Map<string, TensorToStore>();
  for (const { init, shape } of program?.parameters ?? []) {
    if (init.kind === 'file') tensors.set(init.tensor, { shape, data: Float32Array.from({ length: elementCount(shape) }, (_, at) => Math.sin(at + 1) / 4) });
  }
  edit(tensors);
  writeSafetensors(join(cwd, 'model', 'weights.safetensors'), tensors);
  return cwd;
} // prettier-ignore

const run = (cwd: string): Promise<Called> => clipx(['run', 'a.clipx', '--progress', 'none'], { cwd });

/** What is said, whether by the command or in the summary of a run that had begun. */
function expectFailure(called: Called, code: number, words: RegExp): void {
  expect(called.stdout + called.stderr).toMatch(words);
  expect(called.code, called.stderr + called.stdout).toBe(code);
  expect(called.stdout + called.stderr).not.toMatch(/internal error|\n\s+at .*\.ts/);
}

describe('weights', () => {
  test('that are whole are taken', async () => {
    const called = await run(await project());
    expect(called.code, called.stderr + called.stdout).toBe(0);
    expect(called.stdout).toMatch(/frozen: verified \d+\/\d+/);
  });

  test('whose folder is not there', async () => {
    const cwd = await project({ text: faces().replace('"model"', '"modle"') });
    const check = await clipx(['check', 'a.clipx'], { cwd });
    expectFailure(check, 1, /CX5007.*there is no model in `modle`/);
    expectFailure(await run(cwd), 5, /CX5007.*there is no model in `modle`/);
  });

  test('whose file is not there', async () => {
    const cwd = await project({ edit: (tensors) => tensors.clear() });
    rmSync(join(cwd, 'model', 'weights.safetensors'));
    expectFailure(await run(cwd), 3, /the folder .*model holds no weights/);
  });

  test('that are cut', async () => {
    const cwd = await project();
    truncateSync(join(cwd, 'model', 'weights.safetensors'), 1000);
    expectFailure(await run(cwd), 3, /weights\.safetensors is truncated: 1000 bytes, expected at least \d+/);
  });

  test('that are no safetensors file', async () => {
    const cwd = await project();
    writeFileSync(join(cwd, 'model', 'weights.safetensors'), 'weights?'.repeat(40));
    expectFailure(await run(cwd), 3, /weights\.safetensors/);
  });

  test('of other sizes, every tensor named', async () => {
    const cwd = await project({
      edit: (tensors) => {
        const [first, second] = [...tensors.keys()];
        tensors.set(first ?? '', { shape: [3], data: new Float32Array(3) });
        tensors.delete(second ?? '');
      },
    });
    const called = await run(cwd);
    expectFailure(called, 3, /does not fit the experiment:\n.*expected[^]*\n.*/);
  });
});

describe('a shard', () => {
  test('that is cut', async () => {
    const shard = await samples();
    expectFailure(await run(await project({ shard: shard.subarray(0, shard.length / 2 - 700) })), 5, /seen\.tar/);
  });

  test('that is not there offers what is', async () => {
    const cwd = await project({ text: faces().replace('seen.tar', 'seem.tar') });
    expectFailure(await run(cwd), 5, /seem\.tar[^]*seen\.tar/);
  });

  test('with a picture that is none names the sample, or leaves it out and counts it', async () => {
    const shard = await samples({ 's3.png': 'no picture' });
    expectFailure(await run(await project({ shard })), 5, /s3/);
    const skipping = await clipx(['run', 'a.clipx', '--progress', 'plain'], {
      cwd: await project({ shard, text: faces(', on_bad: skip') }),
    });
    expect(skipping.code, skipping.stderr + skipping.stdout).toBe(0);
    expect(skipping.stdout + skipping.stderr).toMatch(/seen: 1 of 12 samples skipped; the first: .*s3/);
  });

  test('without a column that is read', async () => {
    const shard = await samples({ 's3.png': undefined });
    expectFailure(await run(await project({ shard })), 3, /s3/);
    const cwd = await project({ text: faces().replace('json.label', 'json.lable') });
    expectFailure(await run(cwd), 3, /lable[^]*label/);
    const unmapped = await project({ text: faces().replace('  label: "json.label"', '') });
    expectFailure(await run(unmapped), 3, /CX5011.*`seen` has no column `label`/);
  });

  test('with a word that is not in the vocabulary', async () => {
    const shard = await samples({ 's3.json': '{"label":"blu"}' });
    expectFailure(await run(await project({ shard })), 3, /blu[^]*blue/);
  });
});

// ── a disk that is full ──────────────────────────────────────────────

/** `/dev/full` takes nothing: every write to it says that the disk is full. */
const canFill = existsSync('/dev/full');

test.runIf(canFill)('a disk that fills while a checkpoint is written: exit 5, and the checkpoint before stays', async () => {
  const cwd = await project({ text: faces().replace('epochs: 2', 'epochs: 4000') });
  const folder = (): string => join(cwd, 'runs', readdirSync(join(cwd, 'runs'))[0] ?? '');
  const whenStepping = async (act: () => void): Promise<void> => {
    const steps = (): boolean => {
      const events = join(folder(), 'events.ndjson');
      return existsSync(events) && readFileSync(events, 'utf8').includes('"event":"step"');
    };
    while (!existsSync(join(cwd, 'runs')) || !steps()) await new Promise((resolve) => void setTimeout(resolve, 10));
    act();
  };
  // first a checkpoint that is whole
  const first = await clipx(['run', 'a.clipx', '--progress', 'none'], { cwd, onListen: (send) => void whenStepping(() => send('SIGINT')) });
  expect(first.code, first.stderr + first.stdout).toBe(130);
  const state = readFileSync(join(folder(), 'checkpoint', 'state.json'), 'utf8');
  // the next one is written to neighbours of its files, which lead to a full disk
  const fill = (): void => {
    const checkpoint = join(folder(), 'checkpoint');
    for (let step = 0; step <= 12_000; step++) {
      symlinkSync('/dev/full', join(checkpoint, `tensors-${step}.safetensors.${process.pid}.partial`));
    }
  };
  fill();
  const begun = Date.now();
  const second = await clipx(['resume', folder(), '--progress', 'none'], {
    cwd,
    onListen: (send) => void setTimeout(() => send('SIGINT'), Math.max(0, 1500 - (Date.now() - begun))),
  });
  expectFailure(second, 5, /the disk is full/);
  expect(readFileSync(join(folder(), 'checkpoint', 'state.json'), 'utf8')).toBe(state);
}, 60_000); // prettier-ignore
