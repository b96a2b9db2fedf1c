/**
 * `npm run bench`: what clipx costs, beside PyTorch and beside `node`, in one run. Options: `--rounds N` (5), `--steps N` a round (5),
 * `--threads N` (2), `--only steps,commands,gaze,data`, `--json FILE` for the rows of the training steps (`schemas/bench.json`).
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCommands } from './command-rows.ts';
import { measureDecoding } from './decoding-rows.ts';
import { measureGaze } from './gaze-rows.ts';
import { programNames } from './programs.ts';
import { benchPython, measureStep, type StepMeasurement, type StepRow } from './step-rows.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    only: { type: 'string', default: 'steps,commands,gaze,data' },
  },
});
const parts = values.only.split(',');
const rounds = Number(values.rounds);
const threads = Number(values.threads);
say(`load average ${load()}, Node ${process.versions.node}, ${threads} threads, ${rounds} rounds`);

if (parts.includes('steps')) {
  say('', 'Training step: forward, backward, AdamW; ms are the median over rounds (fastest step)');
  say(line(['program', 'clipx', 'PyTorch', 'ratio', 'of fastest', 'peak MiB', 'PyTorch', 'load']));
  const rows: StepRow[] = [];
  for (const name of programNames) {
    const measured = await measureStep(name, {
      rounds,
      threads,
      stepsPerRound: Number(values.steps),
      python: benchPython(),
    });
    rows.push(measured.row);
    say(line(stepCells(measured)));
  }
  if (rows.some(({ torchMs }) => torchMs === null)) {
    say(`no PyTorch at ${benchPython()}: \`npm run bench:setup\`, or CLIPX_BENCH_PYTHON`);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}

if (parts.includes('commands')) {
  say('', 'Commands against `node -e 0`; ms are medians (fastest)');
  for (const { command, ms, bestMs, ratio, bestRatio, limit } of measureCommands(3 * rounds)) {
    say(line([command, `${whole(ms)} (${whole(bestMs)})`, '', `${ratio.toFixed(2)} (${bestRatio.toFixed(2)})`, limit]));
  }
}

if (parts.includes('gaze')) {
  say('', 'clip-gaze');
  for (const [what, value] of await measureGaze({ rounds, threads })) say(`  ${what.padEnd(70)}${value}`);
}

if (parts.includes('data')) {
  say('', 'Decoding');
  for (const [what, value] of await measureDecoding(rounds)) say(`  ${what.padEnd(70)}${value}`);
}
say('', `load average ${load()}`);

function stepCells({ row, bestMs, bestTorchMs }: StepMeasurement): string[] {
  const { program, ms, torchMs, ratio, peakMiB, torchPeakMiB } = row;
  return [
    program,
    `${whole(ms)} (${whole(bestMs)})`,
    torchMs === null ? 'not installed' : `${whole(torchMs)} (${whole(bestTorchMs)})`,
    ratio?.toFixed(2) ?? '',
    bestTorchMs === undefined ? '' : (bestMs / bestTorchMs).toFixed(2),
    whole(peakMiB),
    torchPeakMiB === null ? '' : whole(torchPeakMiB),
    load(),
  ];
}

function line(cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? `  ${cell.padEnd(24)}` : cell.padStart(16))).join('');
}

function whole(value = Number.NaN): string {
  return value.toFixed(0);
}

function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
