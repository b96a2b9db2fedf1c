import type { ComparedRun } from '../../runtime/records/comparison/compared-run.ts';
import type { Side } from '../../runtime/records/comparison/sides.ts';

/** One circumstance of the runs: no part of what the experiment means, and no metric. */
export interface HowTheyRan {
  readonly name: string;
  /** In the order of the sides; null: the run folder does not say. */
  readonly values: readonly (string | null)[];
  readonly differs: boolean;
}

export function howTheyRan(sides: readonly Side[]): readonly HowTheyRan[] {
  return Object.entries(facts).map(([name, of]) => {
    const values = sides.map(({ runs }) => {
      const told = [...new Set(runs.map(of))];
      const known = told.filter((it) => it !== undefined);
      return known.length === 0 ? null : [...known, ...(known.length < told.length ? ['not recorded'] : [])].join(', ');
    });
    return { name, values, differs: new Set(values).size > 1 };
  });
}

const facts: Readonly<Record<string, (run: ComparedRun) => string | undefined>> = {
  seeds: ({ record }) => String(record.seed),
  engine: ({ record: { backend } }) => backend && `${backend.name} ${backend.version}`,
  device: ({ record: { backend } }) => backend?.device,
  threads: ({ record: { backend } }) => backend && String(backend.threads),
  // a package that Python started by itself does not know it
  clipx: ({ environment }) => text(environment['clipx']) || undefined,
  runtime: ({ environment: { node, python } }) => (node === undefined ? undefined : `Node ${text(node)}`) ?? (python === undefined ? undefined : `Python ${text(python)}`),
  system: ({ environment: { platform, architecture, release } }) => [platform, architecture, release].flatMap((it) => text(it) ?? []).join(' ') || undefined,
  processor: ({ environment }) => text(environment['processor']),
  inputs: ({ record }) => record.inputs?.slice(0, 12),
  weights: ({ record: { weights } }) => weights?.map(({ run, seed, sha256 }) => `${run}, seed ${seed} (${sha256.slice(0, 12)})`).join('; '),
}; // prettier-ignore

/** What each means, where its name alone does not say it. */
export const howNotes: Readonly<Record<string, string>> = {
  inputs: 'digest of data, weights and tables as they were when the run began',
  weights: 'runs that it started from, with the digest of what was read',
};

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
