/** A Slurm of one node on this machine: munged, slurmctld and slurmd as this user, with all they keep in a folder of their own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface Cluster {
  /** What commands of Slurm need besides their words. */
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'sinfo'];

/** Programs of Debian's packages that are not here. */
export const missingPrograms = (): readonly string[] =>
  programs.filter((name) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${name}`]).status !== 0);

/** Starts it, and waits until its node is idle. */
export async function startCluster(): Promise<Cluster> {
  // the names of sockets are short
  const folder = mkdtempSync(join(tmpdir(), 'clx-'));
  const at = (name: string): string => join(folder, name);
  for (const name of ['state', 'spool']) mkdirSync(at(name));
  writeFileSync(at('munge.key'), randomBytes(1024), { mode: 0o600 });
  const [controller, node] = [await freePort(), await freePort()];
  const user = userInfo().username;
  const host = hostname().split('.')[0] ?? 'localhost';
  writeFileSync(
    at('slurm.conf'),
    [
      'ClusterName=clipx',
      `SlurmctldHost=${host}(127.0.0.1)`,
      `SlurmUser=${user}`,
      `SlurmdUser=${user}`,
      `SlurmctldPort=${controller}`,
      `SlurmdPort=${node}`,
      'AuthType=auth/munge',
      `AuthInfo=socket=${at('munge.socket')}`,
      'CredType=cred/munge',
      `StateSaveLocation=${at('state')}`,
      `SlurmdSpoolDir=${at('spool')}`,
      `SlurmctldPidFile=${at('slurmctld.pid')}`,
      `SlurmdPidFile=${at('slurmd.pid')}`,
      `SlurmctldLogFile=${at('slurmctld.log')}`,
      `SlurmdLogFile=${at('slurmd.log')}`,
      'ProctrackType=proctrack/pgid',
      'TaskPlugin=task/none',
      'MpiDefault=none',
      'SchedulerType=sched/builtin',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_CPU',
      'ReturnToService=2',
      'JobAcctGatherType=jobacct_gather/none',
      `NodeName=${host} NodeAddr=127.0.0.1 CPUs=${cpus().length} State=UNKNOWN`,
      `PartitionName=all Nodes=${host} Default=YES MaxTime=INFINITE State=UP`,
      '',
    ].join('\n'),
  );
  const variables = { SLURM_CONF: at('slurm.conf'), PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };
  const children: ChildProcess[] = [];
  const start = (program: string, words: readonly string[]): void =>
    void children.push(spawn(program, words, { stdio: 'ignore', env: { ...process.env, ...variables } }));
  const stop = async (): Promise<void> => {
    // each writes down its state as it goes: the folder stays until the last is gone
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => void child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  start('munged', ['--foreground', '--force', `--socket=${at('munge.socket')}`, `--key-file=${at('munge.key')}`, `--pid-file=${at('munged.pid')}`, `--log-file=${at('munged.log')}`, `--seed-file=${at('munged.seed')}`]); // prettier-ignore
  start('slurmctld', ['-D', '-f', at('slurm.conf')]);
  start('slurmd', ['-D', '-f', at('slurm.conf'), '-N', host]);
  for (let waited = 0; waited < 60; waited++) {
    await new Promise((resolve) => void setTimeout(resolve, 1000));
    const { stdout } = spawnSync('sinfo', ['-h', '-o', '%T'], { encoding: 'utf8', env: { ...process.env, ...variables } }); // prettier-ignore
    if (stdout?.trim() === 'idle') return { variables, stop };
  }
  const told = ['munged.log', 'slurmctld.log', 'slurmd.log'].map((name) => tail(at(name))).join('\n');
  await stop();
  throw new Error(`Slurm did not start:\n${told}`);
}

function tail(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(-15).join('\n');
  } catch {
    return `${path} is absent`;
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
