import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CheckedExperiment } from '../compiler/check/checked.ts';
import type { Program, ProgramDigests } from '../compiler/program/program.ts';
import type { Study } from '../runtime/records/study.ts';
import schema from '../../schemas/study.json' with { type: 'json' };
import { CommandError } from './failure.ts';
import type { Experiment } from './experiment.ts';

/** The committed study beside an experiment and what its rows' programs are today. */
export interface FoundStudy {
  readonly table: Study;
  /** As the project names it. */
  readonly path: string;
  readonly now: Readonly<Record<string, ProgramDigests>>;
}

/** What each row's program is today, to say whether a committed result is still that of the file. */
export async function digestsOfRows(
  experiment: Experiment,
  full: Program,
  checked: CheckedExperiment,
): Promise<Readonly<Record<string, ProgramDigests>>> {
  const { protocolDigest, semanticDigest } = await import('../compiler/compare/digest.ts');
  const digests: Record<string, ProgramDigests> = { [full.row]: full.digests };
  for (const { label } of checked.rows) {
    const { checked: row } = await experiment.check(label);
    if (row !== undefined) digests[label] = { semantic: semanticDigest(row), protocol: protocolDigest(row) };
  }
  return digests;
}

/** `study.json` in the folder of the experiment. */
export function studyPath(experiment: Experiment): string {
  return join(dirname(experiment.source.path), 'study.json');
}

/** Reads the study of an experiment, or nothing where there is none of that name. Throws `CommandError` where it does not fit its schema. */
export async function findStudy(
  experiment: Experiment,
  name: string,
  digests: Readonly<Record<string, ProgramDigests>>,
): Promise<FoundStudy | undefined> {
  const path = studyPath(experiment);
  const file = resolve(experiment.project.root, path);
  if (!existsSync(file)) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError('user', `${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const table = await checkStudy(content, path);
  return table.experiment === name ? { table, path, now: digests } : undefined;
}

/** A value as a study, by `schemas/study.json`. */
export async function checkStudy(content: unknown, path: string): Promise<Study> {
  const { Ajv } = await import('../runtime/records/ajv.ts');
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<Study>(schema);
  if (validate(content)) return content;
  const faults = (validate.errors ?? []).slice(0, 5).map((it) => `${it.instancePath} ${it.message ?? 'is wrong'}`);
  throw new CommandError('user', `${path} does not fit schemas/study.json: ${faults.join('; ')}`);
}
