import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/runtime/events.ts';
import { jsonRenderer } from '../../src/tui/json.ts';
import { plainRenderer } from '../../src/tui/plain.ts';
import { countedStream, runStream } from '../support/run-stream.ts';

function plain(events: readonly RunEvent[]): string {
  let text = '';
  const renderer = plainRenderer((piece) => {
    text += piece;
  });
  for (const event of events) renderer.event(event);
  return text;
}

function stepLines(text: string): readonly string[] {
  return text.split('\n').filter((it) => it.startsWith('step '));
}

test('the log of a run looks as agreed', async () => {
  await expect(plain(runStream())).toMatchFileSnapshot('../golden/tui/plain-complete.txt');
});

test('no escape byte and no carriage return is ever written', () => {
  for (const status of ['complete', 'failed', 'interrupted', undefined] as const) {
    const text = plain(runStream({ status }));
    expect(text).not.toContain('\u001B');
    expect(text).not.toContain('\r');
  }
});

test('a slow run is heard of every ten seconds, a fast one at most once a second', () => {
  const slow = runStream({ epochs: 1, stepsPerEpoch: 1000, millisecondsPerStep: 4000 });
  expect(stepLines(plain(slow)).length).toBeGreaterThan(300);
  const fast = runStream({ epochs: 1, stepsPerEpoch: 20_000, millisecondsPerStep: 10 });
  const spent = 20_000 * 0.01;
  expect(stepLines(plain(fast)).length).toBeGreaterThan(spent / 10 - 1);
  expect(stepLines(plain(fast)).length).toBeLessThan(spent);
});

test('`steps:` that end within an epoch count it as one', () => {
  const stream = runStream({ epochs: 3, stepsPerEpoch: 10 }).map((event) =>
    event.event === 'plan' ? { ...event, epochs: 2.51 } : event,
  );
  const text = plain(stream);
  expect(text).toContain('2.5 epochs of 10');
  expect(text).toMatch(/epoch 3\/3\b/);
  expect(text).not.toContain('2.51');
});

test('where each sample is optimised by itself, the log says which one it is, and counts its steps', () => {
  const stream = runStream({ epochs: 2, stepsPerEpoch: 10, millisecondsPerStep: 2000 });
  const begun = stream.findIndex((event) => event.event === 'step' && event.step === 11);
  const sample = (at: number, name: string): RunEvent => ({ schema: 'clipx.event/1', seq: 0, ts: stream[begun]?.ts ?? 0, event: 'sample', stage: 'main', at, of: 2, name, begunAt: 10 * (at - 1), steps: 10 }); // prettier-ignore
  const first = stream.findIndex(({ event }) => event === 'plan') + 1;
  const text = plain([...stream.slice(0, first), sample(1, 'cat'), ...stream.slice(first, begun), sample(2, 'dog'), ...stream.slice(begun)]); // prettier-ignore
  expect(text).toContain('sample 1/2 (cat)\n');
  expect(text).toMatch(/^sample 1\/2 \(cat\)  step 1\/10 /m);
  expect(text).toMatch(/^sample 2\/2 \(dog\)  step 1\/10 /m);
  expect(text).not.toMatch(/step \d+\/20 /);
});

test('a prefix of the events writes a prefix of the log', () => {
  const stream = runStream({ epochs: 3 });
  const whole = plain(stream);
  for (let length = 0; length <= stream.length; length++)
    expect(whole.startsWith(plain(stream.slice(0, length)))).toBe(true);
});

test('NDJSON gives every event back', () => {
  const stream = runStream({ epochs: 2 });
  let text = '';
  const renderer = jsonRenderer((piece) => {
    text += piece;
  });
  for (const event of stream) renderer.event(event);
  const lines = text.split('\n').slice(0, -1);
  expect(lines.map((line) => JSON.parse(line) as RunEvent)).toEqual(stream);
});

test('the log says what terms and metrics averaged, where these are not the samples', () => {
  const text = plain(countedStream({ epochs: 1, stepsPerEpoch: 4 }));
  expect(text).toContain('loss term L_g × 1 = angular_error(ĝ, gaze) over 128 elements\n');
  expect(text).toContain('loss term L_d × 1 = cosine_distance(f, f_v)\n');
  expect(text).toMatch(/^step 4\/4 .* L_ir \S+ \(\d+ %\) over 4 /m);
  expect(text).toMatch(/: error \S+ deg over 2,048 elements/);
  expect(text).toMatch(/: by_yaw \S+ deg$|: by_yaw \S+ deg \(best\)$/m);
});
