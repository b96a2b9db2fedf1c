/**
 * Experiments over films, lists, absent values, depth maps and augmented pictures, run from their text on the reference engine: what they
 * measure is told by arithmetic, and a run in two sittings is the run in one.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compiler/compile.ts';
import { openReference } from '../../src/runtime/backends/reference.ts';
import { readCheckpoint } from '../../src/runtime/checkpoint.ts';
import { createDataRoom } from '../../src/runtime/data/data-room.ts';
import { gatherFacts } from '../../src/runtime/data/gather-facts.ts';
import type { RunEvent } from '../../src/runtime/events.ts';
import { runPaths } from '../../src/runtime/records/run-folder.ts';
import { runProgram, type RunOutcome } from '../../src/runtime/run.ts';
import { repository } from '../support/fixtures.ts';
import { temporaryFolder } from './support/run-tiny.ts';

interface Ran {
  readonly outcome: RunOutcome;
  readonly metrics: Readonly<Record<string, number>>;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly warnings: readonly string[];
}

async function run(
  folder: string,
  text: string,
  options: { readonly seed?: number; readonly stopAfter?: number; readonly resume?: string } = {},
): Promise<Ran> {
  // prettier-ignore
  const request = { path: 'views.clipx', text: text.replaceAll('FOLDER', folder), host: repository };
  const nominal = compile(request);
  expect(nominal.diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  if (nominal.program === undefined) throw new Error('no program');
  const { seed = 1, stopAfter, resume } = options;
  const environment = { projectFolder: '/', seed };
  const { program } = compile({ ...request, facts: await gatherFacts(nominal.program, environment) });
  if (program === undefined) throw new Error('no program');
  const events: RunEvent[] = [];
  const steps = (): number => events.filter(({ event }) => event === 'step').length;
  const outcome = await runProgram(
    {
      program, experimentText: text, seed, backend: 'reference', threads: 1, projectRoot: '/', runsFolder: join(folder, 'runs'), clipxVersion: '0.0.0',
      ...(resume === undefined ? {} : { resume }),
    },
    (event) => events.push(event),
    {
      lower: () => new Map(),
      inProcess: {
        openData: () => createDataRoom(program, environment),
        openEngine: () => Promise.resolve(openReference()),
        interrupted: () => stopAfter !== undefined && steps() >= stopAfter,
      },
    },
  ); // prettier-ignore
  expect(outcome.error?.message).toBeUndefined();
  const warnings = events.flatMap((event) => (event.event === 'warning' ? [`${event.code} ${event.message}`] : []));
  const checkpoint = await readCheckpoint(runPaths(outcome.folder ?? '').checkpoint);
  const measured = outcome.results.at(-1)?.metrics ?? [];
  const metrics = Object.fromEntries(measured.map(({ name, value }) => [name, Array.isArray(value) ? Number(value[0]) : Number(value)])); // prettier-ignore
  return { outcome, metrics, parameters: checkpoint?.parameters ?? new Map(), warnings };
}

/** Twelve pictures of 8 pixels whose left half is bright for one word and whose right half for the other. */
async function writePictures(folder: string): Promise<void> {
  const lines: string[] = [];
  for (let at = 0; at < 12; at++) {
    const bright = at % 2;
    const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, k) => ((Math.floor(k / 3) % 8 < 4) === (bright === 0) ? 200 : 10) + at); // prettier-ignore
    await sharp(data, { raw: { width: 8, height: 8, channels: 3 } })
      .png()
      .toFile(join(folder, `${at}.png`));
    lines.push(JSON.stringify({ face: `${at}.png`, side: bright === 0 ? 'left' : 'right' }));
  }
  writeFileSync(join(folder, 'seen.jsonl'), lines.join('\n'));
}

const pictures = (augment: string, read: string): string => `clipx 1
experiment views
vocabulary side = ["left", "right"]
input face : image(8)
input side : class(side)
data seen = jsonl("FOLDER/seen.jsonl") { face: "face"  side: "side" }
${augment}
trainable module M = linear(width -> side)
axis width = 8
fn seen_by(x) = M(mean(x[width as place], over: [height, channel])[place as width])
let s = seen_by(${read})
loss L = mean(-log_softmax(s, over: side)[side: side])
minimize L
train on seen { epochs: 4  batch: 4  optimizer: adam(lr: 0.05) }
evaluate on seen {
  metric right = mean(argmax(seen_by(${read}), over: side) == side)
  metric light = mean(${read})
}
`;

describe('a run over a view', () => {
  const crop =
    'augment view = face |> random_resized_crop(0.4..1.0) |> jitter(brightness: 0.5) |> blur(0.1..1.0, p: 50 %)';

  it('resumes as if it had never stopped, and measures the picture itself', async () => {
    const folder = temporaryFolder();
    await writePictures(folder);
    const text = pictures(crop, 'view');
    const whole = await run(folder, text);
    const first = await run(folder, text, { stopAfter: 5 });
    expect(first.outcome.status).toBe('interrupted');
    const second = await run(folder, text, { resume: first.outcome.folder ?? '' });
    expect([...second.parameters]).toEqual([...whole.parameters]);
    const plain = await run(folder, pictures('', 'face'));
    expect(plain.metrics['light']).toBe(whole.metrics['light']);
    expect([...plain.parameters]).not.toEqual([...whole.parameters]);
    expect(whole.metrics['right']).toBe(1);
    const other = await run(folder, text, { seed: 2 });
    expect([...other.parameters]).not.toEqual([...whole.parameters]);
    const drawn = await run(folder, text.replace('evaluate on seen {', 'evaluate on seen {\n  views: random'));
    expect(drawn.metrics['light']).not.toBe(whole.metrics['light']);
    expect([...drawn.parameters]).toEqual([...whole.parameters]);
  });
});

describe('a run over films, lists and absent values', () => {
  it('counts what is there alone', async () => {
    const folder = temporaryFolder();
    for (const level of [0, 51, 102]) {
      await sharp({ create: { width: 2, height: 2, channels: 3, background: { r: level, g: level, b: level } } })
        .png()
        .toFile(join(folder, `${level}.png`));
    }
    const lines = [
      { x: [1, 0], film: ['51.png', '102.png'], marks: [3, 5], kind: 'a', extra: 10 },
      { x: [0, 1], film: ['102.png', '102.png', '0.png'], marks: [], kind: 'z' },
      { x: [1, 1], film: ['51.png'], marks: [1], kind: 'b', extra: 4 },
    ];
    writeFileSync(join(folder, 'seen.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
    const { metrics, outcome } = await run(
      folder,
      `clipx 1
experiment lists
axis d = 2
vocabulary kind = ["a", "b"]
input x     : vector(d)
input film  : frames(3, size: 2)
input marks : scalar each mark(max: 2)
input kind  : class(kind, open)
input extra : optional scalar
data seen = jsonl("FOLDER/seen.jsonl") { x: "x"  film: "film"  marks: "marks"  kind: "kind"  extra: "extra" }
data back = seen with film = 1 - film
trainable module M = linear(d -> d)
loss L = mean((M(x) - x) ^ 2)
minimize L
train on seen { steps: 2  batch: 3  optimizer: adam(lr: 0.01) }
evaluate on back { metric dark = mean(film) }
evaluate told on seen {
  metric light = mean(mean(film, over: [height, width, channel, frame]))
  metric all   = mean(film)
  metric mark  = mean(marks)
  metric marks = sum(known(marks))
  metric kinds = mean(kind == 0)
  metric extra = mean(extra)
}
`,
    );
    expect(outcome.results[0]?.metrics[0]?.value).toBeCloseTo(1 - 1.6 / 6, 5);
    // frames 0.2 and 0.4 · 0.4, 0.4 and 0 · 0.2
    expect(metrics['light']).toBeCloseTo((0.3 + 0.8 / 3 + 0.2) / 3, 5);
    expect(metrics['all']).toBeCloseTo((0.6 + 0.8 + 0.2) / 6, 5);
    expect(metrics['mark']).toBeCloseTo(3, 5);
    expect(metrics['marks']).toBe(3);
    expect(metrics['kinds']).toBeCloseTo(0.5, 5);
    expect(metrics['extra']).toBeCloseTo(7, 5);
  });
});

describe('a run that is evaluated on what it trains on', () => {
  it('says how many samples are the same, by their content', async () => {
    const folder = temporaryFolder();
    await writePictures(folder);
    copyFileSync(join(folder, '5.png'), join(folder, 'again.png'));
    for (const [name, level] of [['x.png', 7], ['y.png', 9]] as const)
      await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: level, g: 0, b: 0 } } }).png().toFile(join(folder, name)); // prettier-ignore
    const held = ['0.png', 'again.png', 'x.png', 'y.png'].map((face) => JSON.stringify({ face, side: 'left' }));
    writeFileSync(join(folder, 'held.jsonl'), held.join('\n'));
    const text = pictures('data held = jsonl("FOLDER/held.jsonl") like seen |> mark(test)', 'face').replace('evaluate on seen', 'evaluate on held').replace('epochs: 4', 'epochs: 1'); // prettier-ignore
    const { warnings } = await run(folder, text);
    expect(warnings).toEqual([
      'CX8113 2 of 4 samples of `held`, which is marked test, also train, in `seen`: their `face` is the same. What is measured there is no test of them: take them out of one of the two sets',
    ]);
    const clean = await run(folder, text.replace('"FOLDER/held.jsonl") like seen', '"FOLDER/held.jsonl") like seen |> filter(face == "x.png" or face == "y.png")')); // prettier-ignore
    expect(clean.warnings).toEqual([]);
  });
});
