import { stripVTControlCharacters } from 'node:util';
import { renderToString } from 'ink';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/runtime/events.ts';
import { App } from '../../src/tui/app.tsx';
import { asciiGlyphs, unicodeGlyphs, type Glyphs } from '../../src/tui/glyphs.ts';
import { planLayout, type Size } from '../../src/tui/layout.ts';
import { emptyRunView, reduce, type RunView } from '../../src/tui/run-view.ts';
import { countedStream, runStream } from '../support/run-stream.ts';

function viewOf(events: readonly RunEvent[]): RunView {
  return events.reduce(reduce, emptyRunView);
}

/** The live frame without the history above it, without colours. */
function frame(view: RunView, size: Size, glyphs: Glyphs = unicodeGlyphs): string {
  const app = <App view={{ ...view, history: [] }} size={size} glyphs={glyphs} now={view.latestAt} />;
  return stripVTControlCharacters(renderToString(app, { columns: size.columns }));
}

const stream = runStream();
/** Where each sample is optimised by itself: the third of twelve, after 40 of its 200 steps. */
const sample: RunEvent = { schema: 'clipx.event/1', seq: 0, ts: stream[100]?.ts ?? 0, event: 'sample', stage: 'main', at: 3, of: 12, name: 'openmoji/dog-face', begunAt: 100, steps: 200 }; // prettier-ignore
const moments: Readonly<Record<string, RunView>> = {
  rendering: viewOf(stream.slice(0, 6)),
  middle: viewOf(stream.slice(0, 190)),
  sample: viewOf([...stream.slice(0, 120), sample, ...stream.slice(120, 160)]),
  complete: viewOf(stream),
  failed: viewOf(runStream({ status: 'failed' })),
  interrupted: viewOf(runStream({ status: 'interrupted' })),
};
const sizes: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 40, rows: 15 },
  { columns: 100, rows: 30 },
];

for (const [moment, view] of Object.entries(moments)) {
  for (const size of sizes) {
    test(`the frame of a ${moment} run at ${size.columns} × ${size.rows} looks as agreed`, async () => {
      const name = `${moment}-${size.columns}x${size.rows}.txt`;
      await expect(`${frame(view, size)}\n`).toMatchFileSnapshot(`../golden/tui/${name}`);
    });
  }
}

test('the frame is as tall as the layout says, and never as tall as the terminal', () => {
  for (const view of Object.values(moments)) {
    for (const columns of [20, 40, 59, 60, 80, 110, 160, 250]) {
      for (const rows of [2, 3, 5, 8, 12, 15, 20, 24, 30, 60]) {
        const drawn = frame(view, { columns, rows }).split('\n');
        expect(drawn.length, `${columns} × ${rows}`).toBe(planLayout(view, { columns, rows }).height);
        expect(drawn.length).toBeLessThan(Math.max(rows, 2));
        for (const line of drawn) expect(Array.from(line).length).toBeLessThanOrEqual(columns);
      }
    }
  }
});

test('a terminal without Unicode gets no other character than those of the experiment', () => {
  const plain = frame(moments['middle'] ?? emptyRunView, { columns: 80, rows: 24 }, asciiGlyphs);
  expect(plain.replaceAll(/[\u0020-\u007E\n]/g, '')).toBe('');
});

test('every prefix of a stream can be shown, also one that was torn or resumed', () => {
  const resumed = runStream({ epochs: 2, stepsPerEpoch: 3 });
  const twice = [...runStream({ epochs: 2, stepsPerEpoch: 3, status: 'interrupted' }), ...resumed];
  let view = emptyRunView;
  for (const event of twice) {
    view = reduce(view, event);
    expect(frame(view, { columns: 80, rows: 24 })).not.toBe('');
  }
  expect(view.end?.status).toBe('complete');
});

test('what is shown depends on the events alone: the same stream, the same view', () => {
  expect(viewOf(stream)).toEqual(viewOf(structuredClone(stream)));
});

test('where there is room for formulas, there is for what a term averages', () => {
  const view = viewOf(countedStream({ epochs: 1, stepsPerEpoch: 4, status: undefined }));
  expect(frame(view, { columns: 120, rows: 40 })).toMatch(/L_g .* over 128 {2}angular_error/);
  expect(frame(view, { columns: 120, rows: 40 })).toMatch(/L_ir .* over 4 {2}mean/);
  expect(frame(view, { columns: 120, rows: 40 })).toMatch(/L_d .* {2}cosine_distance/);
});

test('a loss that is not finite is named where its number would stand', () => {
  const last = stream.findLast((it) => it.event === 'step');
  const broken = {
    ...last,
    total: null,
    terms: [{ name: 'L_ir', raw: null, weighted: null, share: null }],
    nonfinite: ['L_ir'],
  };
  const text = frame(viewOf([...stream.slice(0, 190), broken as RunEvent]), { columns: 80, rows: 24 });
  expect(text).toMatch(/L_ir +not finite/);
  expect(text).toMatch(/L_d +0\.\d+/);
});
