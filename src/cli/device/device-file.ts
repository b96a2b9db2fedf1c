import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import envPaths from 'env-paths';
import type { DeviceProfile } from '../../compiler/plan/device-profile.ts';
import { writeJsonAtomic } from '../../runtime/atomic-file.ts';
import { schemaChecker, validateJson } from '../../runtime/records/validate.ts';

/** Of all profiles: `CLIPX_DEVICES`, else a folder in the cache of this user, apart from any project. */
function devicesFolder(): string {
  const named = process.env['CLIPX_DEVICES'];
  return named === undefined || named === ''
    ? join(envPaths('clipx', { suffix: '' }).cache, 'devices')
    : resolve(named);
}

const fileOf = (engine: string, threads: number): string => join(devicesFolder(), `${engine}-${threads}.json`);

/** Keeps the profile in the place of an earlier one of the same engine with as many threads; gives back its path. */
export async function writeDeviceProfile(profile: DeviceProfile): Promise<string> {
  const path = fileOf(profile.engine, profile.threads);
  await validateJson('device', profile, 'the measurement');
  mkdirSync(dirname(path), { recursive: true });
  writeJsonAtomic(path, profile);
  return path;
}

/** What was measured of this engine on this processor; undefined where nothing was, or by an earlier clipx in another form. */
export async function readDeviceProfile(engine: string, threads: number): Promise<DeviceProfile | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(fileOf(engine, threads), 'utf8'));
  } catch {
    return undefined;
  }
  const check = await schemaChecker('device');
  if (check(content).length > 0) return undefined;
  const profile = content as DeviceProfile;
  // a folder that several machines share may hold another one's
  return profile.processor === processorName() ? profile : undefined;
}

export function processorName(): string {
  return cpus()[0]?.model ?? 'unknown';
}
