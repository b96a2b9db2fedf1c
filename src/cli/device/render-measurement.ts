import { formatBytes } from '../../compiler/common/format-number.ts';
import { textTable } from '../../compiler/common/text-table.ts';
import type { Measurement } from './measure-device.ts';

/** The rates in units that people know, and how well they tell the times that they come from. */
export function renderMeasurement({ profile, fits }: Measurement): string {
  const { rates } = profile;
  const giga = (seconds: number, unit: string): string => (seconds === 0 ? 'not seen' : `${(1e-9 / seconds).toPrecision(3)} ${unit}`); // prettier-ignore
  const milliseconds = (seconds: number): string => `${(seconds * 1000).toPrecision(3)} ms`;
  return [
    `${profile.engine} ${profile.version} on ${profile.device}, ${profile.threads} ${profile.threads === 1 ? 'thread' : 'threads'}, ${profile.processor}`,
    '',
    `  matrix products  ${giga(rates.perProductFlop, 'GFLOP/s')}`,
    `  convolutions     ${giga(rates.perConvolutionFlop, 'GFLOP/s')}`,
    `  values moved     ${giga(rates.perByte, 'GB/s')}`,
    `  an op            ${(rates.perOp * 1e6).toPrecision(3)} µs`,
    `  loading an op    ${milliseconds(rates.perLoadedOp)}`,
    `  pictures decoded ${(1e-6 / rates.perDecodedByte).toPrecision(3)} MB/s`,
    `  idle             ${formatBytes(profile.idleBytes)}`,
    '',
    textTable(
      ['step of', 'took', 'told', ''],
      fits.map(({ name, seconds, told }) => [name, milliseconds(seconds), milliseconds(told), `${(told / seconds).toFixed(2)}x`]), // prettier-ignore
      ['left', 'right', 'right', 'right'],
    ),
  ].join('\n');
}
