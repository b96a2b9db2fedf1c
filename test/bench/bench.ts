/**
 * `npm run bench`: what clipx costs, beside PyTorch and beside `node`, in one run.
 *
 * `--programs P1,P4` (all), `--engines tensorflow,onnxruntime-node` (these two; onnxruntime-web on request), `--rounds N` (5), `--steps N` a
 * round (5), `--threads N` (2), `--only steps,check,commands,gaze,data` (all), `--json FILE` for the rows of the programs
 * (`schemas/bench.json`). `--profile P4 --engine onnxruntime-node` says instead where one program's time goes
 * (with `--engine tensorflow`: CLIPX_TENSORFLOW_PYTHON names a Python with tensorflow-cpu 2.15.1).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { BackendName } from '../../src/runtime/backends/backend.ts';
import { backendNames } from '../../src/runtime/backends/select-engine.ts';
import { benchProgram, benchPrograms } from './bench-programs.ts';
import { measureChecks } from './check-rows.ts';
import { measureCommands } from './command-rows.ts';
import { measureDecoding } from './decoding-rows.ts';
import { measureGaze } from './gaze-rows.ts';
import { measurePreprocessing } from './preprocessing-rows.ts';
import { onOneCore } from './one-core.ts';
import { cautionOf, describeMachine, thisMachine } from './machine.ts';
import { profileProgram } from './profile.ts';
import { measureProgram, type StepRow } from './step-rows.ts';
import { benchPython, type TorchChoice } from './torch.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    only: { type: 'string', default: 'steps,check,commands,gaze,data' },
    programs: { type: 'string', default: benchPrograms.map(({ name }) => name).join(',') },
    engines: { type: 'string', default: 'tensorflow,onnxruntime-node' },
    profile: { type: 'string' },
    engine: { type: 'string', default: 'onnxruntime-node' },
  },
});
const parts = values.only.split(',');
const rounds = Number(values.rounds);
const threads = Number(values.threads);

if (values.profile === undefined) await measure();
else await profile(values.profile, backend(values.engine));

async function measure(): Promise<void> {
  say(`load average ${load()}, Node ${process.versions.node}, ${threads} threads, ${rounds} rounds`);
  if (parts.includes('steps')) await measurePrograms();
  if (parts.includes('check')) {
    say('', '`clipx check` of generated files; ms are medians (fastest)');
    say(`  ${'lines'.padEnd(10)}${'of'.padEnd(28)}${line(['ms', 'ms per 1,000 lines more', 'mark'])}`);
    for (const { what, lines, ms, bestMs, perThousand, limit } of measureChecks(rounds)) {
      const kept =
        limit === undefined ? '' : `at most ${limit}: ${ms <= limit ? 'met' : `missed by ${whole(ms - limit)}`}`;
      const cells = [
        `${whole(ms)} (${whole(bestMs)})`,
        perThousand === undefined ? '' : whole(perThousand).padStart(23),
      ];
      say(`  ${String(lines).padEnd(10)}${what.padEnd(28)}${line(cells)}  ${kept}`);
    }
  }
  if (parts.includes('commands')) {
    say('', 'Commands against `node -e 0`; ms are medians (fastest)');
    for (const { command, ms, bestMs, ratio, bestRatio, limit } of measureCommands(3 * rounds)) {
      say(
        `  ${command.padEnd(42)}${line([`${whole(ms)} (${whole(bestMs)})`, `${ratio.toFixed(2)} (${bestRatio.toFixed(2)})`, limit])}`,
      );
    }
  }
  if (parts.includes('gaze')) {
    say('', 'clip-gaze');
    for (const [what, value] of await measureGaze({ rounds, threads })) say(`  ${what.padEnd(70)}${value}`);
  }
  if (parts.includes('data')) {
    say('', 'Decoding');
    for (const [what, value] of await measureDecoding(rounds)) say(`  ${what.padEnd(70)}${value}`);
    say(
      '',
      "CLIP's preprocessing of JPEG files to 224 px, one after the other: processor time a picture, medians; at most Pillow's",
    );
    const measured = await onOneCore(async (isPinned) => {
      say(isPinned ? '  (clipx and Pillow on one core)' : '  (on all cores: there is no taskset here)');
      return measurePreprocessing(rounds);
    });
    for (const { size, ms, pillowMs, ratio, peer } of measured) {
      const kept = ratio === undefined ? peer : `${peer} ${pillowMs?.toFixed(2)} ms, ratio ${ratio.toFixed(2)}: ${ratio <= 1 ? 'met' : `missed by ${(ratio - 1).toFixed(2)}`}`; // prettier-ignore
      say(`  ${size.padEnd(70)}${ms.toFixed(2)} ms, ${kept}`);
    }
  }
  say('', `load average ${load()}`);
}

async function measurePrograms(): Promise<void> {
  const engines = values.engines.split(',').map(backend);
  say(
    '',
    'P1 is forward, P2 to P4 are training steps: forward, backward, AdamW. ms: median over rounds (fastest step).',
    'ratio: clipx / PyTorch, median over rounds of the ratio within a round [smallest to largest]; best: ratio of the fastest steps.',
    heading(['ms', 'PyTorch ms', 'ratio', 'best', 'MiB', 'PyTorch MiB', 'mark']),
  );
  const rows: StepRow[] = [];
  let torch: TorchChoice | undefined;
  for (const program of values.programs.split(',').map(benchProgram)) {
    const measured = await measureProgram(program, { engines, rounds, threads, stepsPerRound: Number(values.steps) });
    rows.push(...measured.rows);
    torch ??= measured.torch;
    for (const row of measured.rows) say(rowText(row));
    for (const { engine, why } of measured.missing) say(`  ${program.name.padEnd(16)} ${engine}: not measured, ${why}`);
    if (measured.torch !== undefined) {
      const tried = Object.entries(measured.torch.variants).map(([variant, ms]) => `${variant} ${whole(ms)} ms`);
      say(`  ${''.padEnd(16)} PyTorch runs ${measured.torch.variant} (tried: ${tried.join(', ')}); load ${load()}`);
    }
  }
  const machine = thisMachine(threads, torch?.torch);
  say(`  ${describeMachine(machine)}`);
  const caution = cautionOf(machine);
  if (caution !== undefined) say(`  ${caution}`);
  if (torch === undefined) say(`  no PyTorch at ${benchPython()}: \`npm run bench:setup\`, or CLIPX_BENCH_PYTHON`);
  if (values.json === undefined) return;
  mkdirSync(dirname(values.json), { recursive: true });
  const described = rows.map((row) => ({ ...row, machine }));
  writeFileSync(values.json, `${JSON.stringify(described, rounded, 2)}\n`);
}

async function profile(name: string, engine: BackendName): Promise<void> {
  const program = benchProgram(name);
  const steps = Number(values.steps);
  const { stepMs, kernels } = await profileProgram(program.name, engine, threads, steps);
  const inside = kernels.reduce((sum, { ms }) => sum + ms, 0);
  say(`${program.name} on ${engine}, ${threads} threads: ${stepMs.toFixed(1)} ms a step, ${steps} steps traced`);
  say(`  ${'kernel'.padEnd(28)}${line(['calls', 'ms a step', 'share'])}`);
  for (const { op, calls, ms } of kernels) {
    say(`  ${op.padEnd(28)}${line([whole(calls), ms.toFixed(2), `${((100 * ms) / stepMs).toFixed(1)} %`])}`);
  }
  if (stepMs > inside) {
    say(`  outside the kernels (the update, copies, the engine's own): ${(stepMs - inside).toFixed(2)} ms`);
  } else say('  kernels ran side by side: together they took longer than the step');
}

function rowText(row: StepRow): string {
  const { program, engine, ms, bestMs, torchMs, bestTorchMs, ratio, ratios, peakMiB, torchPeakMiB } = row;
  const cells = [
    `${whole(ms)} (${whole(bestMs)})`,
    torchMs === null || bestTorchMs === null ? '' : `${whole(torchMs)} (${whole(bestTorchMs)})`,
    ratio === null
      ? ''
      : `${ratio.toFixed(2)} [${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}]`,
    bestTorchMs === null ? '' : (bestMs / bestTorchMs).toFixed(2),
    whole(peakMiB),
    torchPeakMiB === null ? '' : whole(torchPeakMiB),
  ];
  return `  ${program.padEnd(16)} ${engine.padEnd(26)}${line(cells)}  ${verdict(row)}`;
}

/** Met, or missed by how much. */
function verdict({ ratio, mark }: StepRow): string {
  if (mark === null || ratio === null) return '';
  const told = `at most ${mark}:`;
  return ratio <= mark ? `${told} met` : `${told} missed by ${(ratio - mark).toFixed(2)}`;
}

function heading(cells: readonly string[]): string {
  return `  ${'program'.padEnd(16)} ${'engine'.padEnd(26)}${line(cells.slice(0, -1))}  ${cells.at(-1)}`;
}

function line(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(Math.max(cell.length + 2, 14))).join('');
}

function backend(name: string): BackendName {
  const found = backendNames.find((known) => known === name);
  if (found === undefined) throw new Error(`no engine ${name}; there are ${backendNames.join(', ')}`);
  return found;
}

/** Four decimals are more than is measured. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(4)) : value;
}

function whole(value: number): string {
  return value.toFixed(0);
}

function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
