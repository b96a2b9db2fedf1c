/**
 * `--random-data` as a package: it is handed the made-up samples and names words as clipx does, so that both train the same small model on the
 * same numbers, and no file of the project is read.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writePytorchPackage } from '../../src/cli/pytorch-package.ts';
import { lowererOf } from '../../src/compiler/lower/lower-program.ts';
import { createDataRoom } from '../../src/runtime/data/data-room.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { runProgram } from '../../src/runtime/run.ts';
import { openTokenizer } from '../../src/runtime/data/open-tokenizer.ts';
import { clipx, newFolder } from '../cli/support.ts';
import { compileOnRandomData } from '../support/run-system.ts';
import { findPython, runPython } from './support/python.ts';
import { trainPackage } from './support/train-package.ts';

const python = findPython();
if (python === undefined) console.warn('random data in PyTorch is not tested: no Python with torch; see CLIPX_PYTHON');

const folder = mkdtempSync(join(tmpdir(), 'clipx-random-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of no file: whatever reads one fails. */
const nowhere = join(folder, 'nowhere');

/** What a run told of numbers: terms of each step, metrics of each evaluation. */
const numbersOf = (events: readonly RunEvent[]): [string, number | null][] =>
  events.flatMap((event): [string, number | null][] => {
    if (event.event === 'step') return event.terms.map(({ name, raw }) => [`${event.stage} ${event.step} ${name}`, raw]);
    if (event.event === 'eval') return event.metrics.map(({ name, value }) => [`${event.stage}/${event.evaluation} on ${event.data}: ${name}`, value]);
    return [];
  }); // prettier-ignore

const pairs = `clipx 1
experiment pairs
input photo: image(16)
input said: text
data all = jsonl("pairs.jsonl") { photo: "photo"  said: "said" }
trainable encoder clip = clip(joint: 8, image: vit(size: 16, patch: 8, width: 12, layers: 1, heads: 2), text: text_transformer(context: 8, width: 12, layers: 1, heads: 2, tokenizer: "words.json"))
loss L = mean((normalize(clip.image(photo)) - normalize(clip.text(said))) ^ 2)
minimize L
train on all { epochs: 3  batch: 8  optimizer: sgd(lr: 0.1) }
`;

/** Films and texts; maps; clouds of points; sounds. */
const systems = ['clip4clip', 'depthclip', 'pointclip-few', 'clip4vla'];

describe.skipIf(python === undefined)('a package of random data', () => {
  it.each(systems)('%s trains as clipx does', async (system) => {
    const compilation = await compileOnRandomData(system);
    const { program } = compilation;
    if (program === undefined) throw new Error(compilation.diagnostics.map(({ message }) => message).join('\n'));
    const name = system.replaceAll('-', '_');
    const { diagnostics } = await writePytorchPackage(compilation, { folder: join(folder, name), seed: 1, projectRoot: nowhere, runsFolder: join(folder, 'runs') });
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    const events: RunEvent[] = [];
    const request = { program, experimentText: '', seed: 1, backend: 'onnxruntime-node', threads: 1, projectRoot: nowhere, runsFolder: join(folder, `${name}-engine`), clipxVersion: '0' } as const;
    const openData = () => createDataRoom(program, { projectFolder: nowhere, seed: 1 });
    const outcome = await runProgram(request, (event) => void events.push(event), { lower: lowererOf(program), inProcess: { openData } });
    expect(outcome.error?.message).toBeUndefined();
    const run = await trainPackage(python ?? '', folder, name, { processes: 1, dataRoot: nowhere });
    expect(JSON.parse(readFileSync(join(run.folder, 'run.json'), 'utf8'))).toMatchObject({ random: true });
    expect(run.events.slice(0, 2)).toMatchObject([{ event: 'run.start' }, { event: 'warning', code: 'CX8115' }]);
    const [found, expected] = [numbersOf(run.events), numbersOf(events)];
    expect(found.map(([place]) => place)).toEqual(expected.map(([place]) => place));
    const apart = expected.filter(([, value], at) => {
      const own = found[at]?.[1] ?? null;
      return value === null || own === null ? value !== own : Math.abs(own - value) > 1e-4 * Math.max(Math.abs(value), 1e-2);
    });
    expect(apart).toEqual([]);
  }); // prettier-ignore

  it('trains in two processes, called as any other run', async () => {
    const cwd = newFolder('random-data');
    writeFileSync(join(cwd, 'clipx.json'), '{}');
    writeFileSync(join(cwd, 'pairs.clipx'), pairs);
    const run = await clipx(['run', 'pairs.clipx', '--random-data', '--on', 'torchrun:2', '--progress', 'none', '--json'], { cwd, variables: { ...process.env as Record<string, string>, CLIPX_PYTHON: python ?? '' } });
    expect(run.stderr).not.toContain('error');
    expect(JSON.parse(run.stdout)).toMatchObject({ runs: [{ random: true, status: 'complete', steps: 2 }] });
    expect(run.code).toBe(0);
    rmSync(cwd, { recursive: true });
  }); // prettier-ignore

  it('has the tokens of clipx', async () => {
    const compilation = await compileOnRandomData('clip4clip');
    const { program } = compilation;
    const spec = program?.tokenizers[0];
    if (spec === undefined) throw new Error('no tokenizer');
    await writePytorchPackage(compilation, { folder: join(folder, 'words'), seed: 1, projectRoot: nowhere, runsFolder: join(folder, 'runs') });
    const texts = ['A photo of a Cat.', 'naïve café ÉTÉ', '3.5 m², x_y -- "so"', '日本語 のテキスト', '\u{1f600} and \t more', '', 'word '.repeat(200)];
    writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts));
    const script = `
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from words.runtime.texts import Tokenizer
opened = Tokenizer(Path(sys.argv[1]) / "words" / "tokenizers" / "${spec.id}.json", ${spec.context})
print(json.dumps(opened.encode(json.loads(Path(sys.argv[1], "texts.json").read_text("utf-8")), None, None, "texts")[0].tolist()))`;
    const found = JSON.parse(runPython(python ?? '', ['-c', script, folder])) as number[][];
    const { ids } = openTokenizer(spec, nowhere).encode(texts, []);
    expect(found).toEqual(texts.map((_, at) => Array.from(ids.subarray(at * spec.context, (at + 1) * spec.context))));
    expect(readFileSync(join(folder, 'words', 'made_up.json'), 'utf8')).toContain('$bytes');
  }); // prettier-ignore
});
