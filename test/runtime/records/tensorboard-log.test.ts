/** TensorBoard's file is there while a run goes, in whole records, and after a kill goes on where the run does. */
import { appendFileSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/runtime/events.ts';
import { openTensorboardLog, tensorboardPath } from '../../../src/runtime/records/tensorboard-log.ts';
import { runTable } from '../../../src/runtime/records/run-table.ts';
import { maskedCrc } from '../../../src/runtime/records/tensorboard.ts';
import { runStream } from '../../support/run-stream.ts';

/** Reads records as TFRecord states them, and each event's step and tags by hand: wall_time 9, step 16, summary 42. */
function readRecords(path: string): { readonly steps: readonly number[]; readonly tags: readonly string[]; readonly rest: number } {
  const bytes = readFileSync(path);
  const [steps, tags]: [number[], string[]] = [[], []];
  let at = 0;
  while (at + 12 <= bytes.length) {
    const length = Number(bytes.readBigUInt64LE(at));
    if (at + 16 + length > bytes.length) break;
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)));
    const body = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(body));
    if (body[9] === 16) {
      const [low = 0, high = 0] = [body[10], body[11]];
      steps.push(low < 128 ? low : (low & 127) + 128 * high);
      for (const [tag] of body.toString('latin1').matchAll(/[a-z_]+(?:\/[A-Za-z_]+)?/g)) tags.push(tag);
    }
    at += 16 + length;
  }
  return { steps, tags, rest: bytes.length - at };
} // prettier-ignore

const said = (events: readonly RunEvent[]): number[] => events.flatMap((it) => (it.event === 'step' || it.event === 'eval' ? [it.step] : [])); // prettier-ignore

test('each step and evaluation is a record as soon as it is told', () => {
  const run = { folder: mkdtempSync(join(tmpdir(), 'clipx-board-')), created: 1_700_000_000_500, several: false };
  const events = runStream({ epochs: 2, stepsPerEpoch: 3 });
  const log = openTensorboardLog(run, []);
  const path = tensorboardPath(run);
  for (const [index, event] of events.entries()) {
    log.append(event);
    const { steps, rest } = readRecords(path);
    expect(steps).toEqual(said(events.slice(0, index + 1)));
    expect(rest).toBe(0);
  }
  log.close();
  const tags = new Set(readRecords(path).tags);
  for (const column of ['loss', 'learning_rate', 'target/error']) expect(tags).toContain(column);
  expect(runTable(events).columns).toContain('target.error');
});

test('killed in the middle of a record, it goes on from the checkpoint in the same file', () => {
  const run = { folder: mkdtempSync(join(tmpdir(), 'clipx-board-')), created: 1_700_000_000_500, several: true };
  const events = runStream({ epochs: 2, stepsPerEpoch: 4 });
  const path = tensorboardPath(run);
  const first = openTensorboardLog(run, []);
  for (const event of events.slice(0, -2)) first.append(event);
  first.close();
  appendFileSync(path, Buffer.from('18000000', 'hex'));
  expect(readRecords(path).rest).toBe(4);
  const { ino } = statSync(path);

  const kept = events.slice(0, 6);
  const second = openTensorboardLog(run, kept);
  for (const event of events.slice(6)) second.append(event);
  second.close();
  expect(readRecords(path).rest).toBe(0);
  expect(readRecords(path).steps).toEqual(said(events));
  // whoever has the file open sees what comes
  expect(statSync(path).ino).toBe(ino);
});
