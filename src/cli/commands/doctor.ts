import type { Command } from 'commander';
import { statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import process from 'node:process';
import type { EngineOrigin } from '../../runtime/engines/engine-origin.ts';
import { gpuDriver } from '../../runtime/engines/gpu-driver.ts';
import { formatBytes } from '../../runtime/records/report-format.ts';
import type { Act } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { progressMode } from '../environment.ts';
import { ExitCode } from '../exit-codes.ts';
import { packageVersion } from '../package-version.ts';
import { paint } from '../paint.ts';
import { settingVariables, type SettingName } from '../settings.ts';

export function defineDoctor(program: Command, act: Act): void {
  program
    .command('doctor')
    .description('Say what clipx would run on, why not on something else, and how to change that.')
    .option('--backend <name>', 'ask for this engine')
    .option('--threads <count>', 'threads of the engine')
    .option('--measure', 'time the engine on small steps, once: `clipx plan` then tells time and memory')
    .action((flags: { readonly measure?: boolean }) => act(flags.measure === true ? measure : doctor));
}

/** Exit 5 where no engine works. */
async function measure(context: CommandContext): Promise<ExitCode> {
  const { settings } = await context.project();
  const [{ measureDevice }, { writeDeviceProfile }, { renderMeasurement }] = await Promise.all([
    import('../device/measure-device.ts'),
    import('../device/device-file.ts'),
    import('../device/render-measurement.ts'),
  ]);
  const measurement = await measureDevice({
    backend: settings.backend,
    threads: settings.threads || availableParallelism(),
    now: context.environment.now(),
    onProgress: (done, total) => done < total && context.remark(`timing ${done + 1} of ${total} …\n`),
  });
  const path = await writeDeviceProfile(measurement.profile);
  context.print(
    context.format === 'json'
      ? `${JSON.stringify(measurement.profile, null, 2)}\n`
      : `${renderMeasurement(measurement)}kept in ${path}\n`,
  );
  return ExitCode.done;
}

interface Finding {
  readonly name: string;
  readonly good: boolean;
  readonly words: string;
  /** What would mend or add it. */
  readonly command?: string;
}

/** Exit 5 where no engine works or the disk is full, else 0. */
async function doctor(context: CommandContext): Promise<ExitCode> {
  const project = await context.project();
  const { probeEngines } = await import('../../runtime/backends/select-engine.ts');
  const { originOf } = await import('../../runtime/engines/engine-origin.ts');
  const threads = project.settings.threads || availableParallelism();
  const engines = (await probeEngines(project.settings.backend, { threads })).map((report) => {
    const origin = originOf(report.name);
    return { ...report, ...(origin && { origin }) };
  });
  const gpu = gpuFinding(engines.some(({ origin }) => origin?.engine === 'tfjs-gpu'));
  const machine = [...machineFindings(project.root), gpu];
  const taken = engines.find((it) => it.taken);
  const settings = (Object.keys(settingVariables) as SettingName[]).map((name) => ({
    name,
    value: project.settings[name],
    origin: project.origins[name],
    variable: settingVariables[name],
  }));
  const healthy = taken !== undefined && machine.every((it) => it.good);
  if (context.format === 'json') {
    const result = {
      schema: 'clipx.doctor/1',
      clipx: packageVersion(),
      healthy,
      project: project.root,
      engines,
      machine,
      settings,
    };
    const { validateJson } = await import('../../runtime/records/validate.ts');
    await validateJson('doctor', result, 'what doctor found');
    context.print(`${JSON.stringify(result, null, 2)}\n`);
    return healthy ? ExitCode.done : ExitCode.environment;
  }
  const color = context.colorOn(context.environment.stdout);
  const mark = (good: boolean) => paint(good ? 'ok  ' : 'no  ', good ? 'green' : 'yellow', color);
  const lines = [
    `clipx ${packageVersion()}`,
    '',
    'machine',
    ...machine.map((it) => {
      const use = it.command === undefined ? '' : `; use it: ${it.command}`;
      return `  ${mark(it.good)}${it.name.padEnd(18)} ${it.words}${use}`;
    }),
    `  ${mark(true)}${'terminal'.padEnd(18)} ${terminalWords(context)}`,
    '',
    'engines, in order of preference',
    ...engines.flatMap((engine) => {
      const line = `  ${mark(engine.works)}${engine.name.padEnd(18)} ${engine.why}${engine.taken ? paint('  <- taken', 'bold', color) : ''}`;
      const more = [
        ...(engine.origin === undefined ? [] : [originWords(engine.origin)]),
        ...(engine.works || engine.command === undefined
          ? []
          : [`${engine.origin === undefined ? 'add' : 'mend'} it: ${engine.command}`]),
      ];
      return [line, ...more.map((words) => `      ${''.padEnd(18)} ${words}`)];
    }),
    '',
    `project ${project.root}${project.declared ? '' : ' (no clipx.json upward from here)'}`,
    ...settings.map(
      (it) =>
        `  ${it.name.padEnd(22)} ${settingWords(it.name, it.value)} (${it.origin === 'environment' ? it.variable : it.origin})`,
    ),
  ];
  context.print(`${lines.join('\n')}\n`);
  if (taken === undefined) context.environment.stderr.write('error: no engine works; see the lines above\n');
  return healthy ? ExitCode.done : ExitCode.environment;
}

const leastFree = 2 ** 30;

function machineFindings(root: string): readonly Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const disk = statfsSync(root);
  const free = disk.bavail * disk.bsize;
  return [
    {
      name: 'Node',
      good: major > 20 || (major === 20 && minor >= 19),
      words: `${process.versions.node} on ${process.platform} ${process.arch} (20.19 or newer is needed)`,
    },
    { name: 'processor', good: true, words: `${availableParallelism()} threads` },
    { name: 'memory', good: true, words: formatBytes(totalmem()) },
    { name: 'disk', good: free > leastFree, words: `${formatBytes(free)} free in the project` },
  ];
}

/** A GPU that nothing installed uses is told with what would use it. */
function gpuFinding(isUsed: boolean): Finding {
  const driver = gpuDriver();
  if (driver === undefined) return { name: 'GPU', good: true, words: 'no NVIDIA driver' };
  const words = `NVIDIA driver ${driver}`;
  return { name: 'GPU', good: true, words, ...(isUsed ? {} : { command: 'clipx engine install tfjs-gpu' }) };
}

/** Which installation an engine is, so that nobody wonders which of two is loaded. */
function originWords({ engine, package: { name, version }, folder }: EngineOrigin): string {
  return engine === undefined ? `${name} ${version} of npm in ${folder}` : `${engine} ${version} in ${folder}`;
}

function terminalWords({ environment, colorOn }: CommandContext): string {
  const mode = progressMode('auto', environment.stderr, environment.variables);
  const { columns, rows } = environment.stderr;
  const size = columns === undefined || rows === undefined ? '' : `, ${columns} x ${rows}`;
  return `a run is shown as ${mode}${size}, colours ${colorOn(environment.stderr) ? 'on' : 'off'}`;
}

function settingWords(name: SettingName, value: string | number): string {
  return name === 'threads' && value === 0 ? `${availableParallelism()}, one for each processor thread` : String(value);
}
