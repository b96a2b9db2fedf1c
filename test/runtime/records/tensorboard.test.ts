import { expect, test } from 'vitest';
import { runTable, runTableCsv } from '../../../src/runtime/records/run-table.ts';
import { crc32c, lineRecord, versionRecord } from '../../../src/runtime/records/tensorboard.ts';
import { countedStream, runStream } from '../../support/run-stream.ts';

test('CRC-32C agrees with RFC 3720 B.4', () => {
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283');
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa');
  expect(crc32c(new Uint8Array(32).fill(0xff)).toString(16)).toBe('62a8ab43');
});

/** What `tensorboard.summary.writer.record_writer.RecordWriter` of tensorboard 2 in Python writes of the same events. */
const written =
  '1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110' +
  '410000000000000000a9c2ab0900005040fc54d94110012a340a0b0a046c6f737315000020400a0f0a086c6f73732f4c5f6715000000be0a140a0d6c6561726e696e675f72617465156f12833aa986c8' +
  '8b300000000000000095f5d05f0900008040fc54d94110ac022a220a0b0a046c6f7373150000c03f0a130a0c7461726765742f6572726f72150000964116161609';

test('the file is the one that TensorBoard itself would have written', () => {
  const line = (step: number, ts: number, values: Readonly<Record<string, number>>) => ({ stage: 'main', step, epoch: 1, ts, values: new Map(Object.entries(values)) }); // prettier-ignore
  const lines = [
    line(1, 1_700_000_001_250, { loss: 2.5, 'loss.L_g': -0.125, learning_rate: 0.001 }),
    line(300, 1_700_000_002_000, { loss: 1.5, 'target.error': 18.75 }),
  ];
  const records = [versionRecord(1_700_000_000_500), ...lines.map((each) => lineRecord(each, false))];
  expect(Buffer.concat(records).toString('hex')).toBe(written);
});

test('a run is a line of CSV for each step, evaluations beside the step they follow', () => {
  const events = runStream({ epochs: 2, stepsPerEpoch: 3 });
  const table = runTable(events);
  const steps = events.filter((it) => it.event === 'step');
  const [heads = '', ...lines] = runTableCsv(table).trimEnd().split('\n');
  const columns = heads.split(',');
  expect(columns.slice(0, 5)).toEqual(['stage', 'step', 'epoch', 'seconds', 'loss']);
  expect(lines.filter((it) => it.split(',')[columns.indexOf('loss')] !== '')).toHaveLength(steps.length);
  const last = steps.at(-1);
  const line = lines.find((it) => it.startsWith(`${last?.stage},${last?.step},`))?.split(',') ?? [];
  expect(Number(line[columns.indexOf('loss')])).toBe(last?.total);
  expect(Number(line[columns.indexOf('learning_rate')])).toBe(last?.learningRate);
  const evaluation = events.findLast((it) => it.event === 'eval');
  const measured = table.lines.find((it) => it.step === evaluation?.step && it.stage === evaluation.stage);
  expect(measured?.values.get('target.error')).toBe(evaluation?.metrics.find((it) => it.name === 'error')?.value);
});

test('how many elements masks left to a term is a column of its own', () => {
  const table = runTable(countedStream({ epochs: 1, stepsPerEpoch: 4 }));
  expect(table.columns.filter((it) => it.startsWith('count.'))).toEqual(['count.L_ir']);
  expect(table.lines.map((it) => it.values.get('count.L_ir'))).toEqual([1, 2, 3, 4]);
});

test('a step that was made twice is there once, as it was made last', () => {
  const events = runStream({ epochs: 1, stepsPerEpoch: 4 });
  const twice = [...events, ...events.filter((it) => it.event === 'step').map((it) => ({ ...it, total: 42 }))];
  const table = runTable(twice);
  expect(table.lines.filter((it) => it.values.has('loss'))).toHaveLength(4);
  expect(table.lines.every((it) => !it.values.has('loss') || it.values.get('loss') === 42)).toBe(true);
});
