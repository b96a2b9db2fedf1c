import { availableParallelism } from 'node:os';
import type { EngineName } from '../runtime/backends/engine-folder.ts';
import { probeEngines } from '../runtime/backends/select-engine.ts';
import { originOf } from '../runtime/engines/engine-origin.ts';
import type { Settings } from './settings.ts';

/** The installed engine that a run with these settings would take; undefined where `clipx engine` did not install that. */
export async function takenEngine(settings: Settings): Promise<EngineName | undefined> {
  const report = await probeEngines(settings.backend, { threads: settings.threads || availableParallelism() });
  const backend = report.find(({ taken }) => taken)?.name;
  return backend === undefined ? undefined : originOf(backend)?.engine;
}
