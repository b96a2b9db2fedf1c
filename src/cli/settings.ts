import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nearestName } from '../compiler/common/suggest.ts';
import type { BackendName } from '../runtime/backends/backend.ts';
import schema from '../../schemas/settings.json' with { type: 'json' };
import { CommandError, UsageError } from './failure.ts';
import type { ProgressMode } from './environment.ts';

/** What a project, the environment or a flag may set. */
export interface Settings {
  readonly runs: string;
  readonly cache: string;
  readonly backend: 'auto' | BackendName;
  /** 0: one per core. */
  readonly threads: number;
  readonly progress: 'auto' | ProgressMode;
}

export type SettingName = keyof Settings;

/** Where a value came from, for `clipx doctor`. */
type Origin = 'flag' | 'environment' | 'clipx.json' | 'default';

export interface Project {
  /** The nearest folder upward with a `clipx.json`; the working folder where there is none. */
  readonly root: string;
  /** Whether a `clipx.json` was found. */
  readonly declared: boolean;
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

const defaults: Settings = { runs: 'runs', cache: '.clipx/cache', backend: 'auto', threads: 0, progress: 'auto' };

/** The settings' names in the environment. */
export const settingVariables: Readonly<Record<SettingName, string>> = {
  runs: 'CLIPX_RUNS',
  cache: 'CLIPX_CACHE',
  backend: 'CLIPX_BACKEND',
  threads: 'CLIPX_THREADS',
  progress: 'CLIPX_PROGRESS',
};

/**
 * Reads the project around `cwd`. Nearest wins: flag, then environment, then `clipx.json`, then default.
 * Throws `UsageError` where a flag or variable is none of the legal values, `CommandError` where the file is wrong.
 */
export async function loadProject(
  cwd: string,
  variables: Readonly<Record<string, string | undefined>>,
  flags: Partial<Settings>,
): Promise<Project> {
  const root = projectRoot(cwd);
  const file = root === undefined ? {} : await readSettings(join(root, 'clipx.json'));
  const merged: Record<string, unknown> = { ...defaults };
  const origins: Record<SettingName, Origin> = {
    runs: 'default',
    cache: 'default',
    backend: 'default',
    threads: 'default',
    progress: 'default',
  };
  const layers: readonly (readonly [Origin, Partial<Settings>])[] = [
    ['clipx.json', file],
    ['environment', fromVariables(variables)],
    ['flag', flags],
  ];
  for (const [origin, layer] of layers) {
    for (const name of Object.keys(origins) as SettingName[]) {
      if (layer[name] === undefined) continue;
      merged[name] = layer[name];
      origins[name] = origin;
    }
  }
  return { root: root ?? cwd, declared: root !== undefined, settings: merged as unknown as Settings, origins };
}

/** The nearest folder upward that holds a `clipx.json`. */
function projectRoot(from: string): string | undefined {
  let folder = from;
  while (!existsSync(join(folder, 'clipx.json'))) {
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
  return folder;
}

/** Checks one setting given as text (a flag or a variable) against the same schema as the file. */
export function parseSetting<N extends SettingName>(name: N, text: string, source: string): Settings[N] {
  const rule: { readonly enum?: readonly string[]; readonly type?: string } = schema.properties[name];
  if (rule.enum !== undefined && !rule.enum.includes(text)) {
    throw new UsageError(
      `${source} is "${text}", expected one of ${rule.enum.join(', ')}`,
      didYouMean(text, rule.enum),
    );
  }
  if (rule.type !== 'integer') return text as Settings[N];
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > schema.properties.threads.maximum) {
    throw new UsageError(
      `${source} is "${text}", expected a whole number from 1 to ${schema.properties.threads.maximum}`,
    );
  }
  return number as Settings[N];
}

function fromVariables(variables: Readonly<Record<string, string | undefined>>): Partial<Settings> {
  const found: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(settingVariables) as [SettingName, string][]) {
    const text = variables[variable];
    if (text !== undefined && text !== '') found[name] = parseSetting(name, text, variable);
  }
  return found;
}

async function readSettings(path: string): Promise<Partial<Settings>> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CommandError('user', `${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  // The common case needs no schema validator, which takes longer to load than a small file takes to check.
  if (isPlainObject(content) && Object.keys(content).every((key) => key === '$schema')) return {};
  const { Ajv } = await import('../runtime/records/ajv.ts');
  const validate = new Ajv({ allErrors: true }).compile<Partial<Settings>>(schema);
  if (validate(content)) return content;
  const faults = (validate.errors ?? []).map((it) => {
    if (it.keyword === 'additionalProperties') {
      const name = String(it.params['additionalProperty']);
      return `unknown setting "${name}"${hint(name, Object.keys(schema.properties))}`;
    }
    const allowed = it.keyword === 'enum' ? ` (${(it.params['allowedValues'] as string[]).join(', ')})` : '';
    return `${it.instancePath.slice(1) || 'the file'} ${it.message ?? 'is wrong'}${allowed}`;
  });
  throw new CommandError('user', `${path}: ${faults.join('; ')}`);
}

function hint(word: string, candidates: readonly string[]): string {
  const nearest = nearestName(word, candidates);
  return nearest === undefined ? '' : `, did you mean "${nearest}"?`;
}

function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const nearest = nearestName(word, candidates);
  return nearest === undefined ? undefined : `did you mean "${nearest}"?`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
