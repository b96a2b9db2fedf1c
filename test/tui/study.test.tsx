import { stripVTControlCharacters } from 'node:util';
import { renderToString } from 'ink';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/runtime/events.ts';
import type { StudyEventBody } from '../../src/runtime/records/study-event.ts';
import { asciiGlyphs, unicodeGlyphs, type Glyphs } from '../../src/tui/glyphs.ts';
import type { Size } from '../../src/tui/layout.ts';
import { StudyApp } from '../../src/tui/study-app.tsx';
import { planStudyLayout } from '../../src/tui/study-layout.ts';
import { plainStudy } from '../../src/tui/study-plain.ts';
import { emptyStudyView, reduceStudy, studyTimeLeft, type StudyView } from '../../src/tui/study-view.ts';
import { runStream } from '../support/run-stream.ts';

type Told = readonly [StudyEventBody, number];

const rows = ['full', 'L_g only', 'no L_d'];
const cells = rows.flatMap((row) => [1, 2].map((seed) => ({ row, seed })));
const stream = runStream();
const start = 1_000_000;
const folder = (cell: number): string => `/project/runs/clip_gaze-${cell}`;

/** Two cells were complete before, one ends, one fails, two run, and one waits. */
function story(): readonly Told[] {
  const events = (cell: number, from: number, count: number): Told[] =>
    stream.slice(from, from + count).map((of: RunEvent, index) => [{ event: 'cell.event', cell, of }, start + 3000 + 100 * index]); // prettier-ignore
  const result = (value: number) => ({ key: 'target.error', value, unit: 'deg' });
  return [
    [{ event: 'study.start', name: 'clip_gaze', jobs: 2, cells }, start],
    [{ event: 'cell.state', cell: 0, state: 'reused', folder: folder(0), result: result(18.93) }, start + 1],
    [{ event: 'cell.state', cell: 1, state: 'running' }, start + 2],
    [{ event: 'cell.state', cell: 2, state: 'running' }, start + 3],
    ...events(1, 0, stream.length - 1),
    [{ event: 'cell.state', cell: 1, state: 'complete', folder: folder(1), result: result(20.89) }, start + 60_000],
    [{ event: 'cell.state', cell: 3, state: 'running' }, start + 60_001],
    ...events(2, 0, 60),
    [{ event: 'cell.state', cell: 3, state: 'failed', message: 'the loss is not finite\nin step 3' }, start + 65_000],
    [{ event: 'cell.state', cell: 4, state: 'elsewhere', folder: folder(4) }, start + 65_100],
  ];
}

const viewOf = (told: readonly Told[]): StudyView => told.reduce((view, [event, ts]) => reduceStudy(view, event, ts), emptyStudyView); // prettier-ignore

function frame(view: StudyView, size: Size, glyphs: Glyphs = unicodeGlyphs): string {
  const app = <StudyApp view={view} size={size} glyphs={glyphs} now={view.latestAt} />;
  return stripVTControlCharacters(renderToString(app, { columns: size.columns }));
}

for (const size of [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 50, rows: 8 },
]) {
  // prettier-ignore
  test(`the table of a study at ${size.columns} × ${size.rows} looks as agreed`, async () => {
    const name = `study-${size.columns}x${size.rows}.txt`;
    await expect(`${frame(viewOf(story()), size)}\n`).toMatchFileSnapshot(`../golden/tui/${name}`);
  });
}

test('the log of a study looks as agreed', async () => {
  let text = '';
  const plain = plainStudy(
    (piece) => (text += piece),
    (path) => path.replace('/project/', ''),
  );
  for (const [event, ts] of story()) plain.tell(event, ts);
  plain.tell({ event: 'study.end' }, start + 70_000);
  await expect(text).toMatchFileSnapshot('../golden/tui/study-plain.txt');
});

test('the frame is as tall as the layout says, never as tall as the terminal, and no wider', () => {
  const told = story();
  for (const view of [emptyStudyView, ...[1, 3, 40, told.length].map((count) => viewOf(told.slice(0, count)))]) {
    for (const columns of [20, 50, 80, 160]) {
      for (const height of [2, 3, 8, 24]) {
        const drawn = frame(view, { columns, rows: height }).split('\n');
        expect(drawn.length, `${columns} × ${height}`).toBe(planStudyLayout(view, { columns, rows: height }).height);
        expect(drawn.length).toBeLessThan(Math.max(height, 2));
        for (const line of drawn) expect(Array.from(line).length).toBeLessThanOrEqual(columns);
      }
    }
  }
});

test('what does not fit is counted, and what runs or failed is shown before what waits', () => {
  const many = { event: 'study.start', name: 'x', jobs: 1, cells: Array.from({ length: 40 }, (_, seed) => ({ row: 'full', seed })) } as const; // prettier-ignore
  const view = viewOf([[many, start], [{ event: 'cell.state', cell: 30, state: 'failed', message: 'no' }, start + 1], [{ event: 'cell.state', cell: 35, state: 'running' }, start + 2]]); // prettier-ignore
  const drawn = frame(view, { columns: 80, rows: 10 });
  expect(drawn).toMatch(/full +30 +✘ failed/);
  expect(drawn).toMatch(/full +35 +★ running/);
  expect(drawn).toMatch(/… \d+ more: \d+ waiting/);
});

test('a terminal without Unicode gets no other character', () => {
  expect(frame(viewOf(story()), { columns: 80, rows: 24 }, asciiGlyphs).replaceAll(/[\u0020-\u007E\n]/g, '')).toBe('');
});

test('the time left is that of the mean cell, shared by the jobs', () => {
  // one cell took 59.998 s; two wait (one elsewhere) and one runs since 65.097 s
  expect(studyTimeLeft(viewOf(story()))).toBeCloseTo((2 * 59_998) / 2, 0);
});
