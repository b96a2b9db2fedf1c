import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEventLog, readEvents } from '../../src/runtime/event-log.ts';
import { temporaryFolder } from './support/run-tiny.ts';

const warning = (message: string) => ({ event: 'warning', code: 'X', message }) as const;

function logOfThree(): string {
  const path = join(temporaryFolder(), 'events.ndjson');
  const log = openEventLog(path, undefined, () => 5);
  for (const message of ['a', 'b', 'λ']) log.append(warning(message));
  log.close();
  return path;
}

test('events are numbered without gaps, across openings', () => {
  const path = logOfThree();
  const again = openEventLog(path, undefined, () => 6);
  expect(again.next).toBe(3);
  again.append(warning('d'));
  again.close();
  expect(readEvents(path).map(({ seq, ts }) => [seq, ts])).toEqual([[0, 5], [1, 5], [2, 5], [3, 6]]); // prettier-ignore
});

test('every prefix of the file reads: the whole lines in it', () => {
  const path = logOfThree();
  const bytes = readFileSync(path);
  const whole = readEvents(path);
  for (let length = 0; length <= bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length));
    const lines = bytes.subarray(0, length).filter((byte) => byte === 10).length;
    expect(readEvents(path)).toEqual(whole.slice(0, lines));
  }
});

test('an unfinished line, a gap and a line that is no event end what is kept; opening cuts them off', () => {
  for (const rest of ['{"seq":3,"ev', '{"seq":4,"event":"warning"}\n', 'no json\n', '[]\n', 'null\n']) {
    const path = logOfThree();
    const before = readFileSync(path, 'utf8');
    appendFileSync(path, rest);
    expect(readEvents(path)).toHaveLength(3);
    openEventLog(path, undefined, () => 0).close();
    expect(readFileSync(path, 'utf8')).toBe(before);
  }
});

test('a resumed log keeps what its checkpoint knew', () => {
  const path = logOfThree();
  const log = openEventLog(path, 2, () => 9);
  expect(log.append(warning('again')).seq).toBe(2);
  log.close();
  expect(readEvents(path).map((event) => (event.event === 'warning' ? event.message : ''))).toEqual([
    'a',
    'b',
    'again',
  ]);
});
